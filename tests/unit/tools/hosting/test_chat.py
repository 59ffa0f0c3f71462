"""Talking to a real, tiny model in a process of its own."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from luthier.tools.data.model import Message
from luthier.tools.errors import LuthierError
from luthier.tools.hosting.chat import ChatProcess
from luthier.tools.workspace import Workspace, open_workspace

pytestmark = pytest.mark.training
in_one_loop = pytest.mark.asyncio(loop_scope="module")

QUESTION = [Message(role="user", content="Where is my parcel?")]


@pytest.fixture(scope="module")
def adapter(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter whose weights are strong enough to change every answer."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(5)
    model = get_peft_model(
        AutoModelForCausalLM.from_pretrained(tiny_model),
        LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False),
    )
    for name, weight in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(weight, std=0.5)
    folder = tmp_path_factory.mktemp("adapter")
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def whole_model(tiny_model: Path, adapter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same tuned model without an adapter, as full fine-tuning leaves one."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(tiny_model)
    folder = tmp_path_factory.mktemp("whole")
    PeftModel.from_pretrained(base, adapter).merge_and_unload().save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy2(tiny_model / name, folder / name)
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chat(
    tmp_path_factory: pytest.TempPathFactory, tiny_model: Path, adapter: Path
) -> AsyncIterator[ChatProcess]:
    """One process for all tests here that leave it usable."""
    home = open_workspace(tmp_path_factory.mktemp("home"))
    async with await ChatProcess.start(home, str(tiny_model), adapter) as process:
        yield process


async def answers(chat: ChatProcess, **settings: object) -> dict[str, str]:
    texts: dict[str, str] = {}
    async for side, piece in chat.ask(QUESTION, **settings):  # type: ignore[arg-type]
        texts[side] = texts.get(side, "") + piece
    return texts


@in_one_loop
async def test_both_sides_answer_and_the_base_side_is_the_base_model(
    chat: ChatProcess, workspace: Workspace, tiny_model: Path
) -> None:
    first = await answers(chat, max_new_tokens=12)
    again = await answers(chat, sides=("base",), max_new_tokens=12)
    assert set(first) == {"tuned", "base"}
    assert first["tuned"] != first["base"]
    assert again == {"base": first["base"]}
    async with await ChatProcess.start(workspace, str(tiny_model)) as alone:
        assert (await answers(alone, max_new_tokens=12))["base"] == first["base"]
        with pytest.raises(LuthierError) as caught:
            await answers(alone, sides=("tuned",))
        process = psutil.Process(alone._process.pid)
    assert caught.value.code == "chat.no_adapter"
    assert not process.is_running()


@in_one_loop
async def test_a_model_of_which_every_weight_was_tuned_talks_beside_its_base(
    chat: ChatProcess, workspace: Workspace, tiny_model: Path, whole_model: Path
) -> None:
    base = (await answers(chat, sides=("base",), max_new_tokens=12))["base"]
    async with await ChatProcess.start(workspace, str(tiny_model), whole_model) as process:
        said = await answers(process, max_new_tokens=12)
        assert set(said) == {"tuned", "base"}
        assert said["base"] == base
        assert said["tuned"] != base
        assert await answers(process, max_new_tokens=12) == said


@in_one_loop
async def test_an_answer_can_be_interrupted_and_the_next_question_is_answered(
    chat: ChatProcess,
) -> None:
    pieces = 0
    async for _ in chat.ask(QUESTION, ("base",), max_new_tokens=400):
        pieces += 1
        if pieces == 3:
            chat.interrupt()
    assert 3 <= pieces < 400
    assert (await answers(chat, sides=("base",), max_new_tokens=8))["base"]


@in_one_loop
async def test_cancelling_the_listener_leaves_the_chat_usable(chat: ChatProcess) -> None:
    heard = asyncio.Event()

    async def listen() -> None:
        async for _ in chat.ask(QUESTION, ("base",), max_new_tokens=400):
            heard.set()

    task = asyncio.create_task(listen())
    await heard.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await answers(chat, sides=("base",), max_new_tokens=8))["base"]


@in_one_loop
async def test_a_question_that_is_too_long_is_refused_in_plain_words(chat: ChatProcess) -> None:
    long = [Message(role="user", content="parcel " * 600)]
    with pytest.raises(LuthierError) as caught:
        async for _ in chat.ask(long, ("base",)):
            pass
    assert caught.value.code == "generation.too_long"
    assert (await answers(chat, sides=("base",), max_new_tokens=4))["base"]


@in_one_loop
async def test_a_killed_process_is_reported_and_stopping_is_safe_to_repeat(
    workspace: Workspace, tiny_model: Path
) -> None:
    chat = await ChatProcess.start(workspace, str(tiny_model))
    psutil.Process(chat._process.pid).kill()
    with pytest.raises(LuthierError) as caught:
        await answers(chat)
    assert caught.value.code == "chat.died"
    await chat.stop()
    await chat.stop()
    assert not chat.is_running


@in_one_loop
async def test_a_missing_model_or_adapter_is_told_at_the_start(
    workspace: Workspace, tiny_model: Path, tmp_path: Path
) -> None:
    with pytest.raises(LuthierError) as caught:
        await ChatProcess.start(workspace, "starter")
    assert caught.value.code == "model.starter_missing"
    with pytest.raises(LuthierError) as caught:
        await ChatProcess.start(workspace, str(tiny_model), tmp_path / "nothing")
    assert caught.value.code == "model.adapter_missing"


def test_the_process_dies_with_its_parent(tmp_path: Path, tiny_model: Path) -> None:
    parent = f"""
import asyncio, os
from pathlib import Path
from luthier.tools.hosting.chat import ChatProcess
from luthier.tools.workspace import open_workspace
async def main():
    chat = await ChatProcess.start(open_workspace(Path({str(tmp_path)!r})), {str(tiny_model)!r})
    print(chat._process.pid, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        child = psutil.Process(int(run.stdout.readline()))
        run.kill()
    child.wait(timeout=20)
    assert not child.is_running()


def test_the_chat_itself_never_imports_torch() -> None:
    code = "import json, sys, luthier.tools.hosting.chat; print(json.dumps(list(sys.modules)))"
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", code]))
    assert not {"torch", "transformers", "peft", "trl", "datasets"} & set(loaded)


@in_one_loop
async def test_the_starter_model_answers_a_simple_question(starter_workspace: Workspace) -> None:
    async with await ChatProcess.start(starter_workspace) as chat:
        texts: list[str] = []
        question = [Message(role="user", content="What is the capital of France?")]
        async for _, piece in chat.ask(question, max_new_tokens=24):
            texts.append(piece)
    assert "Paris" in "".join(texts)
    assert len(texts) > 3
    assert "<|im_end|>" not in "".join(texts)
