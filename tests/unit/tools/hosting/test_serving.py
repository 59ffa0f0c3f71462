"""A served model, used as programs and people use it: HTTP, openai, curl, Node.js, a browser."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from fakes.browser import chromium_page
from fakes.tuned import TunedHome

from luthier.tools.catalog.base import ToolContext
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.data.model import Message, Row
from luthier.tools.errors import LuthierError
from luthier.tools.facts import Facts
from luthier.tools.hosting.choice import check_server, export_to_serve, snippets_for
from luthier.tools.hosting.client import ServedModel
from luthier.tools.hosting.model import Parity, Server
from luthier.tools.hosting.parity import find_problems
from luthier.tools.hosting.removal import remove_export
from luthier.tools.hosting.serve_worker import is_another_model
from luthier.tools.hosting.served_chat import ServedBesideBase, find_served
from luthier.tools.hosting.serving import (
    find_server,
    list_servers,
    read_key,
    start_server,
    stop_server,
    wait_until_ready,
)
from luthier.tools.hosting.store import get_export
from luthier.tools.hosting.tuned import find_tuned

pytestmark = [pytest.mark.training, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def server(tuned_home: TunedHome) -> Iterator[Server]:
    """The merged tiny model, served by a real job."""
    (export,) = tuned_home.export("merged")
    found = start_server(
        tuned_home.workspace, export.id, session_id="session", idempotency_key="serve"
    )
    yield found
    for one in list_servers(tuned_home.workspace):
        stop_server(tuned_home.workspace, one)


@pytest.fixture
def row(tuned_home: TunedHome, server: Server) -> Row:
    """One held-out row: what is asked and what should come."""
    return find_tuned(tuned_home.workspace).test_rows(tuned_home.workspace, 1)[0]


def status_of(server: Server, path: str, key: str = "", body: object = None, **headers: str) -> str:
    """The status and error of one request made by hand with curl."""
    command = [
        "curl",
        "--silent",
        "--output",
        "-",
        "--write-out",
        "%{http_code}",
        server.url + path,
    ]
    for name, value in (
        {"Authorization": f"Bearer {key}"} if key else {}
    ).items() | headers.items():
        command += ["--header", f"{name}: {value}"]
    if body is not None:
        command += ["--data", body if isinstance(body, str) else json.dumps(body)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout


def test_the_server_is_listed_with_speed_memory_and_parity(
    tuned_home: TunedHome, server: Server
) -> None:
    (found,) = list_servers(tuned_home.workspace)
    assert found.url == server.url
    assert found.tokens_per_second > 0
    assert found.memory_bytes > 10_000_000
    assert found.identical == 1.0
    assert find_server(tuned_home.workspace).id == server.id
    assert export_to_serve(tuned_home.workspace, server.export_id).kind == "merged"
    assert not find_problems(check_server(tuned_home.workspace, server, 4))


def test_nobody_without_the_key_is_answered_and_the_key_is_nowhere_but_in_its_file(
    tuned_home: TunedHome, server: Server
) -> None:
    key = read_key(server)
    talk = {"messages": [{"role": "user", "content": "win prize"}], "max_tokens": 4}
    assert status_of(server, "/v1/models").endswith("401")
    assert status_of(server, "/v1/models", "wrong").endswith("401")
    assert status_of(server, "/v1/chat/completions", "wrong", talk).endswith("401")
    assert status_of(server, "/health").endswith("200")
    assert status_of(server, "/v1/models", key, Host="evil.example").endswith("403")
    assert status_of(server, "/v1/models", key).endswith("200")
    assert stat.S_IMODE(os.stat(server.key_file).st_mode) == 0o600
    home = tuned_home.workspace.home
    holders = [
        path
        for path in home.rglob("*")
        if path.is_file() and path.stat().st_size < 50_000_000 and key.encode() in path.read_bytes()
    ]
    assert holders == [Path(server.key_file)]
    assert key not in " ".join(psutil.Process(server.pid).cmdline())


def test_the_chat_shows_the_log_and_the_commands_for_other_programs(
    tuned_home: TunedHome, server: Server
) -> None:
    context = ToolContext(tuned_home.workspace, "session", Facts(train_job="TRAINJOB"))
    tool = TOOLS["show_server_log"]
    status_of(server, "/v1/models", "wrong")
    shown = tool.run(context, tool.arguments.model_validate({"lines": 5}))
    assert shown.data["file"] == server.log
    assert shown.views
    assert read_key(server) not in shown.data["log"]
    tool = TOOLS["show_commands"]
    found = tool.run(context, tool.arguments.model_validate({"export": server.export_id}))
    assert {"transformers", "vLLM", "TGI"} <= set(found.data["commands"])


@pytest.mark.parametrize(
    ("found", "refused"),
    [
        ({}, False),
        ({"identical": 0.0, "alike": 0.25}, False),
        ({"identical": 0.0, "alike": 0.0}, True),
        ({"stops": 0.0}, True),
        ({"template_same": False}, True),
    ],
)
def test_a_server_is_refused_where_the_few_rows_leave_no_doubt(
    found: dict[str, object], refused: bool
) -> None:
    parity = Parity.model_validate(
        {
            "rows": 8,
            "identical": 1.0,
            "metric": "exact_match",
            "score": 1.0,
            "reference": 1.0,
            "stops": 1.0,
            "reference_stops": 1.0,
            "template_same": True,
        }
        | found
    )
    assert is_another_model(parity) is refused


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("{", "JSON"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user", "content": "x"}], "n": 2}, "one plain answer"),
        ({"messages": [{"role": "king", "content": "x"}]}, "role"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            "text only",
        ),
        ({"messages": [{"role": "user", "content": "pills " * 600}]}, "too long"),
    ],
)
def test_a_bad_request_is_refused_in_plain_words_and_the_server_lives_on(
    server: Server, body: object, words: str
) -> None:
    said = status_of(server, "/v1/chat/completions", read_key(server), body)
    assert said.endswith("400")
    assert words in said
    assert status_of(server, "/health").endswith("200")


def test_openais_own_client_works_streaming_and_not(server: Server, row: Row) -> None:
    from openai import OpenAI

    client = OpenAI(base_url=f"{server.url}/v1", api_key=read_key(server))
    assert [model.id for model in client.models.list()] == [server.model]
    messages = [{"role": "user", "content": row.prompt[-1].content}]
    whole = client.chat.completions.create(model=server.model, messages=messages)
    assert whole.choices[0].message.content == row.completion
    assert whole.choices[0].finish_reason == "stop"
    assert whole.usage.completion_tokens > 1
    pieces = client.chat.completions.create(model=server.model, messages=messages, stream=True)
    chunks = list(pieces)
    assert "".join(one.choices[0].delta.content or "" for one in chunks) == row.completion
    assert chunks[-1].choices[0].finish_reason == "stop"


@pytest.mark.parametrize("language", ["curl", "python", "javascript"])
def test_each_snippet_runs_as_it_is(
    tuned_home: TunedHome, server: Server, row: Row, language: str, tmp_path: Path
) -> None:
    text = snippets_for(tuned_home.workspace, server, row.prompt[-1].content)[language]
    assert read_key(server) not in text
    file = tmp_path / {"curl": "ask.sh", "python": "ask.py", "javascript": "ask.mjs"}[language]
    program = {"curl": "sh", "python": sys.executable, "javascript": "node"}[language]
    if shutil.which(program) is None or (language == "curl" and shutil.which("curl") is None):
        pytest.skip(f"{program} is not installed here")
    file.write_text(text, encoding="utf-8")
    done = subprocess.run([program, str(file)], capture_output=True, text=True, timeout=60)
    answer = (
        json.loads(done.stdout)["choices"][0]["message"]["content"]
        if language == "curl"
        else done.stdout.strip()
    )
    assert answer == row.completion, done.stderr


def test_the_page_answers_in_a_real_browser_and_asks_nothing_of_anyone_else(
    server: Server, row: Row
) -> None:
    with chromium_page(f"{server.url}/#key={read_key(server)}") as page:
        page.run(f"document.getElementById('text').value = {json.dumps(row.prompt[-1].content)}")
        page.run("document.getElementById('form').requestSubmit()")
        page.wait_for("document.querySelector('.turn.model')?.dataset.done === 'yes'")
        assert page.value("document.querySelector('.turn.model div').textContent") == row.completion
        assert page.value("location.hash") == "", "the key does not stay in the address"
        assert page.value("document.getElementById('key').value") == read_key(server)
        page.run("document.getElementById('key').value = 'wrong'")
        page.run("document.getElementById('text').value = 'again'")
        page.run("document.getElementById('form').requestSubmit()")
        page.wait_for("document.querySelectorAll('.turn.model[data-done]').length === 2")
        assert "key" in page.value("[...document.querySelectorAll('.error')].at(-1).textContent")
        hosts = page.value(
            "[...new Set(performance.getEntriesByType('resource').map(e => new URL(e.name).origin))]"
        )
        assert hosts == [server.url]
        assert page.errors == []


@pytest.mark.asyncio
async def test_the_served_model_talks_beside_its_base(
    tuned_home: TunedHome, server: Server, row: Row
) -> None:
    workspace = tuned_home.workspace
    adapter = workspace.jobs / "TRAINJOB" / "output" / "adapter"
    assert find_served(workspace, adapter) is not None
    models = await ServedBesideBase.start(workspace, str(tuned_home.base), server)
    try:
        said: dict[str, str] = {}
        async for side, piece in models.ask([Message(role="user", content=row.prompt[-1].content)]):
            said[side] = said.get(side, "") + piece
    finally:
        await models.stop()
    assert said["tuned"] == row.completion
    assert said.get("base", "") != row.completion


def test_what_is_served_can_be_used_and_checked_when_the_adapter_is_gone(
    tuned_home: TunedHome, server: Server
) -> None:
    workspace = tuned_home.workspace
    check_server(workspace, server, 4)
    adapter = find_tuned(workspace).adapter
    away = adapter.rename(adapter.with_name("away"))
    try:
        assert server.url in snippets_for(workspace, server)["curl"]
        assert not find_problems(check_server(workspace, server, 4))
        with pytest.raises(LuthierError) as caught:
            find_tuned(workspace)
        assert caught.value.code == "model.adapter_missing"
    finally:
        away.rename(adapter)


def test_of_two_servers_a_session_means_its_own_and_neither_is_served_twice(
    tuned_home: TunedHome, server: Server
) -> None:
    workspace = tuned_home.workspace
    (adapter,) = tuned_home.export("adapter")
    context = ToolContext(workspace, "other", Facts(train_job="TRAINJOB"))
    serve, stop = TOOLS["serve_export"], TOOLS["stop_server"]
    which = serve.arguments.model_validate({"export": adapter.id})
    serve.run(context, which)
    with pytest.raises(LuthierError) as caught:
        serve.approval(context, which)  # type: ignore[misc]
    assert caught.value.code == "host.already"
    with pytest.raises(LuthierError) as caught:
        find_server(workspace)
    assert caught.value.code == "host.ambiguous"
    assert server.id[-6:] in caught.value.remedy
    assert server.url in caught.value.remedy
    assert find_server(workspace, "adapter").export_id == adapter.id
    done = stop.run(context, stop.arguments.model_validate({}))
    assert "LoRA adapter" in done.summary
    assert [one.id for one in list_servers(workspace)] == [server.id]


def test_a_server_that_was_killed_comes_back_under_its_address(
    tuned_home: TunedHome, server: Server
) -> None:
    worker = psutil.Process(server.pid).parent()
    assert worker is not None
    worker.kill()
    again = wait_until_ready(tuned_home.workspace, server.id)
    while again.pid == server.pid:
        again = wait_until_ready(tuned_home.workspace, server.id)
    assert again.url == server.url
    assert read_key(again) == read_key(server)
    assert ServedModel(again.url, read_key(again)).is_healthy()


def test_an_export_in_use_is_not_deleted_and_a_stopped_server_is_gone(
    tuned_home: TunedHome, server: Server
) -> None:
    workspace = tuned_home.workspace
    export = get_export(workspace, server.export_id)
    context = ToolContext(workspace, "session", Facts(train_job="TRAINJOB"))
    delete, stop = TOOLS["delete_export"], TOOLS["stop_server"]
    with pytest.raises(LuthierError) as caught:
        delete.approval(context, delete.arguments.model_validate({"export": export.id}))  # type: ignore[misc]
    assert caught.value.code == "export.in_use"
    assert f"stop the server {server.id[-6:]}" in caught.value.remedy
    with pytest.raises(LuthierError) as caught:
        remove_export(workspace, export)
    assert caught.value.code == "export.in_use"
    (running,) = list_servers(workspace)
    stop.run(context, stop.arguments.model_validate({"everything": True}))
    assert list_servers(workspace) == []
    assert not psutil.pid_exists(running.pid)
    assert not ServedModel(server.url).is_healthy()
    with pytest.raises(LuthierError) as caught:
        find_server(workspace)
    assert caught.value.code == "host.none"
    remove_export(workspace, export)
    assert not Path(export.path).exists()
