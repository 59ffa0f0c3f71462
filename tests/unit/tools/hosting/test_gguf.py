"""GGUF files of a tiny tuned model, made and served by llama.cpp from PyPI; broken ones are caught."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakes.damage import write_another_stop_token, write_another_template, write_no_numbers
from fakes.ollama_server import SIZE, fake_ollama
from fakes.tuned import TRAIN_JOB, TunedHome

from luthier.tools.errors import LuthierError
from luthier.tools.hosting import ollama
from luthier.tools.hosting.checks import gguf_problems
from luthier.tools.hosting.exporting import best_measured, propose, read_wish
from luthier.tools.hosting.kinds import gguf as kind
from luthier.tools.hosting.kinds.asking import ask_served
from luthier.tools.hosting.kinds.base import Build
from luthier.tools.hosting.kinds.gguf import FORMATS, default_format, gguf_weights, read_metadata
from luthier.tools.hosting.kinds.merged import merge_into
from luthier.tools.hosting.llama_cpp import need_toolkit, run_tool
from luthier.tools.hosting.model import Export
from luthier.tools.hosting.parity import find_problems, measure_parity
from luthier.tools.hosting.reference import tuned_answers
from luthier.tools.hosting.store import delete_export, list_exports
from luthier.tools.hosting.tuned import Tuned, find_tuned
from luthier.tools.models.rendering import Renderer
from luthier.tools.progress import silent
from luthier.tools.workspace import Workspace

if TYPE_CHECKING:
    from tests.unit.tools.hosting.conftest import MadeByCommand

pytestmark = [pytest.mark.training, pytest.mark.timeout(300)]


@pytest.fixture
def exports(made_by_command: MadeByCommand) -> list[Export]:
    """F16, Q8_0 and Q4_K_M of the tiny model."""
    return made_by_command.exports


def edit(source: Path, target: Path, *arguments: str) -> Path:
    """A copy of a GGUF file with other metadata, written by gguf's own tool."""
    command = [sys.executable, "-m", "gguf.scripts.gguf_new_metadata", *arguments]
    done = subprocess.run([*command, str(source), str(target)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target


def served_problems(home: TunedHome, gguf: Path, folder: Path) -> str:
    """What llama.cpp's server, asked the held-out rows, gets wrong with this file."""
    tuned = find_tuned(home.workspace, TRAIN_JOB)
    rows = tuned.test_rows(home.workspace, 4)
    build = Build(home.workspace, tuned, folder, folder, folder / "log", "", silent)
    reference = tuned_answers(home.workspace, tuned, rows, silent)
    weights = gguf_weights(gguf, "broken", 512)
    answers = ask_served(build, [row.prompt for row in rows], weights)
    plan = tuned.plan
    found = measure_parity(rows, plan.task, plan.evaluation.metric, reference, answers)
    return " ".join(find_problems(found))


def test_every_format_is_measured_through_llama_cpps_server(exports: list[Export]) -> None:
    assert [one.precision for one in exports] == ["F16", "Q8_0", "Q4_K_M"]
    for one in exports:
        assert one.state == "ready", one.problems
        assert one.parity is not None
        assert one.parity.identical == 1.0 or one.precision == "Q4_K_M"
        assert one.parity.score == one.parity.reference == 1.0
        assert one.parity.template_same
        assert one.parity.stops == 1.0
        assert one.parity.tokens_per_second > 0
    assert exports[0].bytes > exports[1].bytes > exports[2].bytes


def rated(export: Export, score: float, **changes: object) -> Export:
    """The export as if its answers had had this share right, of 90% right of the tuned model."""
    assert export.parity is not None
    parity = export.parity.model_copy(update={"score": score, "reference": 0.9})
    return export.model_copy(update={"parity": parity, **changes})


@pytest.mark.parametrize(
    ("scores", "best"),
    [
        ((0.9, 0.9, 0.9), "Q4_K_M"),
        ((0.9, 0.89, 0.86), "Q8_0"),
        ((0.9, 0.87, 0.5), "F16"),
        ((0.91, 0.6, 0.95), "Q4_K_M"),
    ],
)
def test_the_default_is_the_smallest_export_that_was_measured_to_be_as_good(
    llama_home: TunedHome, exports: list[Export], scores: tuple[float, ...], best: str
) -> None:
    measured = [rated(one, score) for one, score in zip(exports, scores, strict=True)]
    chosen = best_measured(measured)
    assert chosen is not None
    assert chosen.precision == best
    assert propose(llama_home.workspace, 10**8, measured).wish.precisions == (best,)
    lost = [*measured[:2], rated(exports[2], 0.9, state="failed")]
    assert (best_measured(lost) or exports[2]).precision in ("F16", "Q8_0")


def test_a_format_that_lost_too_much_is_not_proposed_again(
    llama_home: TunedHome, exports: list[Export]
) -> None:
    workspace = llama_home.workspace
    coarse = rated(exports[2], 0.5)
    assert propose(workspace, 10**10).wish.precisions == ("Q4_K_M",)
    assert propose(workspace, 10**10, [coarse]).wish.precisions == ("Q6_K",)
    assert "lost too much" in propose(workspace, 10**10, [coarse]).reason
    assert propose(workspace, 10**8, [rated(exports[1], 0.5)]).wish.precisions == ("F16",)
    unread = exports[1].model_copy(update={"state": "failed", "parity": None})
    assert propose(workspace, 10**8, [unread]).wish.precisions == ("Q8_0",)
    every = [rated(exports[0], 0.5), rated(exports[1], 0.5)]
    assert propose(workspace, 10**8, every).wish.kind == "merged"


def test_every_format_that_is_offered_can_be_made(
    llama_home: TunedHome, exports: list[Export], tmp_path: Path
) -> None:
    made = tmp_path / "made.gguf"
    for name, number in FORMATS.items():
        wanted = [exports[0].path, str(made), str(number), "1"]
        run_tool(
            llama_home.workspace,
            ["-m", "luthier.tools.hosting.quantize_process", *wanted],
            tmp_path / "log",
            name,
        )
        assert file_type(made) == number, name


def file_type(path: Path) -> int:
    """The number format that a GGUF file says of itself; quicker than reading its vocabulary."""
    data = path.read_bytes()
    after = data.index(b"general.file_type") + len(b"general.file_type") + 4
    return int.from_bytes(data[after : after + 4], "little")


def test_a_wrong_template_in_the_file_is_caught(
    llama_home: TunedHome, exports: list[Export], tmp_path: Path
) -> None:
    template = (
        "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '\\n' }}{% endfor %}BOT: "
    )
    broken = edit(
        Path(exports[0].path), tmp_path / "broken.gguf", "--chat-template", template, "--force"
    )
    assert "template" in " ".join(gguf_problems(read_metadata(broken), llama_home.base))
    assert "other characters or tokens" in served_problems(llama_home, broken, tmp_path)


def test_a_wrong_stop_token_in_the_file_is_caught(
    llama_home: TunedHome, exports: list[Export], tmp_path: Path
) -> None:
    token = "<|im_start|>"
    broken = edit(
        Path(exports[0].path), tmp_path / "broken.gguf", "--special-token", "eos", token, "--force"
    )
    assert "stop token" in " ".join(gguf_problems(read_metadata(broken), llama_home.base))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (write_another_template, "chat template"),
        (write_another_stop_token, "stop tokens"),
        (write_no_numbers, "finite numbers"),
    ],
)
def test_a_broken_model_is_not_converted_and_never_called_done(
    llama_home: TunedHome,
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[Path], None],
    words: str,
) -> None:
    def merge_badly(tuned: Tuned, folder: Path) -> str:
        precision = merge_into(tuned, folder)
        damage(folder)
        return precision

    monkeypatch.setattr(kind, "merge_into", merge_badly)
    with pytest.raises(LuthierError) as caught:
        llama_home.export("gguf", "F16", "Q8_0")
    assert caught.value.code == "export.failed"
    assert words in caught.value.why
    newest = list_exports(llama_home.workspace)[:2]
    assert {one.precision for one in newest} == {"F16", "Q8_0"}
    assert all(one.state == "failed" and words in " ".join(one.problems) for one in newest)
    for one in newest:
        delete_export(llama_home.workspace, one.id)


def test_without_llama_cpp_the_way_to_it_is_told(workspace: Workspace) -> None:
    with pytest.raises(LuthierError) as caught:
        need_toolkit(workspace)
    assert caught.value.code == "llama_cpp.missing"
    assert propose(workspace, 10**8).wish.kind == "merged"


def test_the_format_depends_on_the_size() -> None:
    sizes = {135_000_000: "Q8_0", 1_700_000_000: "Q6_K", 7_000_000_000: "Q4_K_M"}
    assert {size: default_format(size) for size in sizes} == sizes
    assert read_wish("q4-k-m").precisions == ("Q4_K_M",)
    with pytest.raises(LuthierError) as caught:
        read_wish("gguf", ["q99"])
    assert caught.value.code == "export.unknown_precision"


def test_ollama_gets_the_file_template_and_stop_tokens_and_is_asked_the_rows(
    llama_home: TunedHome, exports: list[Export]
) -> None:
    tuned = find_tuned(llama_home.workspace, TRAIN_JOB)
    rows = tuned.test_rows(llama_home.workspace)
    renderer = Renderer(tuned.reference.folder)
    expected = {row.prompt[-1].content: row.completion for row in rows}

    def answer(messages: list[dict[str, str]]) -> dict[str, object]:
        read = len(renderer.prompt_ids(ollama._conversation(("user", messages[-1]["content"]))))
        choice = {
            "message": {"role": "assistant", "content": expected[messages[-1]["content"]]},
            "finish_reason": "stop",
        }
        return {"choices": [choice], "usage": {"prompt_tokens": read, "completion_tokens": 3}}

    with fake_ollama(answer) as server:
        made = ollama.create_in_ollama(
            llama_home.workspace, exports[1], tuned, name="mail", url=server.url
        )
        assert made.state == "ready", made.problems
        assert made.parity is not None
        assert made.parity.memory_bytes == SIZE
        assert made.parity.tokens_per_second > 0
        assert next(iter(server.blobs.values())) == Path(exports[1].path).read_bytes()
        model = server.models["mail"]
        assert model["parameters"] == {"stop": ["<|im_end|>"], "temperature": 0}
        assert "{{ range $i, $m := .Messages }}" in model["template"]
        server.lists_loaded = False
        made = ollama.create_in_ollama(
            llama_home.workspace, exports[1], tuned, name="again", url=server.url
        )
        assert made.state == "ready", made.problems
        assert made.parity is not None
        assert made.parity.memory_bytes == 0, "not known"
        sent = [one for one in server.requests if one.startswith("POST /api/blobs")]
        assert len(sent) == 1, "a file that is there is not sent again"


def test_a_model_that_answers_otherwise_is_taken_out_of_ollama_again(
    llama_home: TunedHome, exports: list[Export]
) -> None:
    tuned = find_tuned(llama_home.workspace, TRAIN_JOB)

    def nonsense(_messages: list[dict[str, str]]) -> dict[str, object]:
        choice = {"message": {"content": "la la la"}, "finish_reason": "length"}
        return {"choices": [choice], "usage": {"prompt_tokens": 5, "completion_tokens": 8}}

    with fake_ollama(nonsense) as server:
        made = ollama.create_in_ollama(
            llama_home.workspace, exports[1], tuned, name="mail", url=server.url
        )
        assert made.state == "failed"
        assert "stop token" in " ".join(made.problems)
        assert server.models == {}


@pytest.mark.parametrize(
    ("error", "code", "remedy"),
    [
        ("OSError(28, 'No space left on device')", "export.no_room", "Free some space"),
        ("KeyError('architecture')", "export.tool_failed", "merged model"),
    ],
)
def test_a_full_disk_is_not_taken_for_a_model_that_llama_cpp_does_not_know(
    llama_home: TunedHome, tmp_path: Path, error: str, code: str, remedy: str
) -> None:
    with pytest.raises(LuthierError) as caught:
        run_tool(llama_home.workspace, ["-c", f"raise {error}"], tmp_path / "log", "It failed.")
    assert (caught.value.what, caught.value.code) == ("It failed.", code)
    assert remedy in caught.value.remedy


def test_where_ollama_does_not_run_the_modelfile_is_offered(
    llama_home: TunedHome, exports: list[Export]
) -> None:
    tuned = find_tuned(llama_home.workspace, TRAIN_JOB)
    with pytest.raises(LuthierError) as caught:
        ollama.create_in_ollama(
            llama_home.workspace, exports[0], tuned, name="x", url="http://127.0.0.1:9"
        )
    assert caught.value.code == "ollama.not_running"
    text = ollama.modelfile(Path(exports[0].path), Renderer(tuned.reference.folder), "Be brief.")
    assert text.startswith(f"FROM {exports[0].path}\n"), "it may be saved anywhere"
    assert f"luthier exports ollama {exports[0].short_id} --modelfile" in caught.value.remedy
    assert 'PARAMETER stop "<|im_end|>"' in text
    assert 'SYSTEM """Be brief."""' in text
