"""Sessions side by side: found, named, forked, deleted, and taken along as one file."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from fakes.brain import ScriptedChatModel, calling
from fakes.driver import Driver
from fakes.job_folder import place_job
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from luthier.agent.belongings import belongings, delete_session, sizes
from luthier.agent.conversation import read_conversation, write_conversation
from luthier.agent.events import QuestionAsked, TextDone, UserSpoke
from luthier.agent.exporting import export_session
from luthier.agent.fork import fork_session
from luthier.agent.importing import import_session
from luthier.agent.markdown import transcript_of
from luthier.agent.search import search_sessions
from luthier.agent.session import open_session
from luthier.agent.store import (
    SessionInfo,
    archive_session,
    create_session,
    get_session,
    list_sessions,
    rename_session,
)
from luthier.agent.translate import replay
from luthier.tools.data.store import load_dataset
from luthier.tools.errors import LuthierError
from luthier.tools.jobs.model import JobState
from luthier.tools.jobs.store import get_job, list_jobs
from luthier.tools.workspace import Workspace, open_workspace

ASKS = calling("ask_user", id="size", text="Which size?", choices=[{"id": "s", "label": "Small"}])


def notes(**answers: object) -> AIMessage:
    return calling("note_answers", **answers)


async def talk(workspace: Workspace, *script: AIMessage, words: tuple[str, ...]) -> SessionInfo:
    """A session in which this was said; the brain follows its script."""
    brain = ScriptedChatModel(script=[AIMessage("Hello."), *script])
    async with Driver(await open_session(workspace, brain=brain)) as driver:
        for one in words:
            await driver.say(one)
        return get_session(workspace, driver.session.id)


async def interviewed(workspace: Workspace) -> SessionInfo:
    """Two answers noted one after the other, then an answered question."""
    return await talk(
        workspace,
        notes(use_case="labels"),
        AIMessage("Labels, then."),
        notes(minutes=20),
        ASKS,
        AIMessage("Small, then."),
        words=("sort my mail", "twenty minutes", "small"),
    )


async def said_in(workspace: Workspace, session_id: str) -> list[str]:
    events = replay((await read_conversation(workspace, session_id)).messages)
    return [event.text for event in events if isinstance(event, UserSpoke | TextDone)]


async def message_ids(workspace: Workspace, session_id: str) -> dict[str, str]:
    events = replay((await read_conversation(workspace, session_id)).messages)
    return {
        event.text: event.message_id for event in events if isinstance(event, UserSpoke | TextDone)
    }


async def test_words_are_found_in_titles_and_messages(workspace: Workspace) -> None:
    mail = await talk(workspace, AIMessage("Loss is **perplexing**."), words=("What is loss?",))
    await talk(workspace, AIMessage("Good."), words=("Ärger mit Elle",))

    (found,) = search_sessions(workspace, "perplex LOSS")
    assert found.info.id == mail.id
    assert "perplexing" in found.excerpt
    assert "*" not in found.excerpt
    assert [one.info.title for one in search_sessions(workspace, "arger")] == ["Ärger mit Elle"]
    assert len(search_sessions(workspace, "")) == 2
    assert search_sessions(workspace, '"') != []
    assert search_sessions(workspace, "nowhere") == []


async def test_a_given_title_stays_and_the_archive_hides_nothing_for_good(
    workspace: Workspace,
) -> None:
    info = await talk(workspace, AIMessage("Good."), words=("some words",))
    rename_session(workspace, info.id, "  My\n mail ")
    brain = ScriptedChatModel(script=[AIMessage("Yes.")])
    async with Driver(await open_session(workspace, info.id, brain=brain)) as driver:
        await driver.say("more words")
        assert driver.session.title == "My mail"

    archive_session(workspace, info.id)
    assert list_sessions(workspace, archived=False) == []
    assert [one.title for one in list_sessions(workspace, archived=True)] == ["My mail"]
    archive_session(workspace, info.id, False)
    assert len(list_sessions(workspace, archived=False)) == 1
    with pytest.raises(LuthierError, match="at least one letter"):
        rename_session(workspace, info.id, "  ")


async def test_a_message_said_anew_forks_with_the_facts_as_they_were(workspace: Workspace) -> None:
    origin = await interviewed(workspace)
    place_job(workspace, session_id=origin.id, state=JobState.SUCCEEDED)
    ids = await message_ids(workspace, origin.id)

    fork = await fork_session(workspace, origin.id, ids["twenty minutes"], anew=True)
    assert fork.forked_from == origin.id
    assert fork.title == "sort my mail ↳ another way"
    brain = ScriptedChatModel(script=[notes(minutes=5), AIMessage("Five, then.")])
    async with Driver(await open_session(workspace, fork.id, brain=brain)) as driver:
        assert driver.session.pending is None
        assert driver.session.facts.brief.use_case == "labels"
        assert driver.session.facts.brief.minutes is None
        assert [job.id for job in list_jobs(workspace, fork.id)] == ["job-1"]
        await driver.say("five minutes")
        assert driver.session.facts.brief.minutes == 5
    assert get_session(workspace, fork.id).title == "sort my mail ↳ five minutes"
    assert await said_in(workspace, fork.id) == [
        "Hello.",
        "sort my mail",
        "Labels, then.",
        "five minutes",
        "Five, then.",
    ]
    assert (await said_in(workspace, origin.id))[-1] == "Small, then."
    assert (await read_conversation(workspace, origin.id)).facts["brief"]["minutes"] == 20


async def test_an_answer_said_anew_is_asked_again_in_the_fork(workspace: Workspace) -> None:
    origin = await interviewed(workspace)
    ids = await message_ids(workspace, origin.id)

    fork = await fork_session(workspace, origin.id, ids["small"], anew=True)
    brain = ScriptedChatModel(script=[AIMessage("Medium, then.")])
    async with Driver(await open_session(workspace, fork.id, brain=brain)) as driver:
        assert isinstance(driver.session.pending, QuestionAsked)
        assert driver.session.pending.question.text == "Which size?"
        assert driver.session.facts.brief.minutes == 20
        await driver.say("medium")
        assert brain.calls[0][-1].content == "The user answered: medium"
    assert get_session(workspace, fork.id).title == "sort my mail ↳ medium"


async def test_a_fork_of_a_named_session_keeps_the_name_and_says_what_is_different(
    workspace: Workspace,
) -> None:
    origin = await interviewed(workspace)
    rename_session(workspace, origin.id, "My mail")
    fork = await fork_session(workspace, origin.id)
    assert fork.title == "My mail ↳ another way"
    brain = ScriptedChatModel(script=[AIMessage("Yes."), AIMessage("Well.")])
    async with Driver(await open_session(workspace, fork.id, brain=brain)) as driver:
        await driver.say("with a larger model")
        await driver.say("and longer")
    assert get_session(workspace, fork.id).title == "My mail ↳ with a larger model"
    assert get_session(workspace, origin.id).title == "My mail"
    again = await fork_session(workspace, fork.id)
    assert again.title == "My mail ↳ another way"


async def test_a_fork_may_end_at_any_message(workspace: Workspace) -> None:
    origin = await interviewed(workspace)
    ids = await message_ids(workspace, origin.id)

    whole = await fork_session(workspace, origin.id)
    assert await said_in(workspace, whole.id) == await said_in(workspace, origin.id)
    middle = await fork_session(workspace, origin.id, ids["Labels, then."])
    assert await said_in(workspace, middle.id) == ["Hello.", "sort my mail", "Labels, then."]
    asked = await fork_session(workspace, origin.id, ids["twenty minutes"])
    async with Driver(
        await open_session(workspace, asked.id, brain=ScriptedChatModel(script=[]))
    ) as driver:
        assert "answering “twenty minutes”" in driver.question.question.text
    with pytest.raises(LuthierError, match="no message 'nix'"):
        await fork_session(workspace, origin.id, "nix")


async def test_deleting_takes_what_is_its_own_and_leaves_what_others_need(
    workspace: Workspace, tmp_path: Path
) -> None:
    data = tmp_path / "mail.csv"
    rows = "".join(f"message {n * 7919},{'spam' if n % 2 else 'ham'}\n" for n in range(60))
    data.write_text("text,label\n" + rows)
    origin = await talk(
        workspace,
        calling("inspect_data", path=str(data)),
        calling("prepare_data"),
        AIMessage("Ready."),
        words=(f"use {data}",),
    )
    adapter = Path(place_job(workspace, session_id=origin.id, state=JobState.SUCCEEDED).folder)
    (adapter / "output" / "adapter").mkdir(parents=True)
    (adapter / "output" / "adapter" / "adapter_config.json").write_text("{}" * 500)
    held = belongings(workspace, origin.id)
    assert {thing.kind for thing in held.goes} == {"job", "adapter", "data set"}
    assert held.bytes == sizes(workspace)[origin.id] > 1000
    dataset = next(thing.id for thing in held.goes if thing.kind == "data set")

    fork = await fork_session(workspace, origin.id)
    assert {thing.used_by for thing in belongings(workspace, origin.id).things} == {fork.title}
    await delete_session(workspace, origin.id, running="cancel")
    assert [info.id for info in list_sessions(workspace)] == [fork.id]
    assert search_sessions(workspace, "Ready")[0].info.id == fork.id
    assert [job.id for job in list_jobs(workspace, fork.id)] == ["job-1"]

    async with Driver(await open_session(workspace, fork.id, brain=ScriptedChatModel(script=[]))):
        with pytest.raises(LuthierError, match="open in a Luthier"):
            await delete_session(workspace, fork.id, running="cancel")
    await delete_session(workspace, fork.id, running="cancel")
    assert list(workspace.jobs.glob("job-*")) == []
    with pytest.raises(LuthierError, match="not here any more"):
        load_dataset(workspace, dataset)
    assert (await read_conversation(workspace, fork.id)).messages == []


async def test_a_running_job_is_kept_or_cancelled_as_was_said(workspace: Workspace) -> None:
    for running in ("keep", "cancel"):
        info = await talk(workspace, AIMessage("Good."), words=(f"to {running}",))
        job = place_job(workspace, session_id=info.id, job_id=f"job-{running}")
        assert [thing.id for thing in belongings(workspace, info.id).running] == [job.id]
        if running == "cancel":
            (Path(job.folder) / "status.json").write_text('{"state": "paused"}')
        await delete_session(workspace, info.id, running=running)  # type: ignore[arg-type]
    assert [path.name for path in workspace.jobs.glob("job-*")] == ["job-keep"]
    assert get_job(workspace, "job-keep").status.state is JobState.RUNNING


async def test_a_session_travels_in_one_file_without_keys(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "canary-0123456789")
    info = await interviewed(workspace)
    job = place_job(workspace, session_id=info.id, state=JobState.SUCCEEDED)
    inside = {"adapter": f"{job.folder}/output/adapter", "note": "canary-0123456789"}
    (Path(job.folder) / "result.json").write_text(json.dumps(inside))
    (Path(job.folder) / "output" / "adapter").mkdir(parents=True)
    (Path(job.folder) / "output" / "adapter" / "adapter_config.json").write_text("{}")
    path = tmp_path / "one.luthier"
    await export_session(workspace, info.id, path)
    with zipfile.ZipFile(path) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
        assert not [name for name in archive.namelist() if "adapter" in name]
    assert b"canary" not in content
    assert str(workspace.home).encode() not in content
    await export_session(workspace, info.id, path, adapters=True)

    other = open_workspace(tmp_path / "other")
    taken = await import_session(other, path)
    assert await said_in(other, taken.id) == await said_in(workspace, info.id)
    theirs = (await read_conversation(other, taken.id)).facts
    assert theirs == (await read_conversation(workspace, info.id)).facts
    (copy,) = list_jobs(other, taken.id)
    result = json.loads((Path(copy.folder) / "result.json").read_text())
    assert Path(result["adapter"], "adapter_config.json").is_file()
    assert result["adapter"].startswith(str(other.home))
    assert search_sessions(other, "twenty")[0].info.id == taken.id

    again = await import_session(other, path)
    assert again.id != taken.id
    assert [one.id for one in list_jobs(other, again.id)] == [copy.id]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 99}, "newer Luthier"),
        ({"format": "else"}, "no session of Luthier's"),
        ({"files": {}}, "damaged or was tampered with"),
        ({"datasets": [".."]}, "damaged or was tampered with"),
        ({"jobs": ["../luthier.db"]}, "damaged or was tampered with"),
    ],
)
async def test_a_file_that_does_not_fit_is_refused_whole(
    workspace: Workspace, tmp_path: Path, change: dict[str, object], words: str
) -> None:
    info = await talk(workspace, AIMessage("Good."), words=("some words",))
    path = tmp_path / "one.luthier"
    await export_session(workspace, info.id, path)
    rewrite(path, {"manifest.json": lambda text: json.dumps({**json.loads(text), **change})})
    with pytest.raises(LuthierError, match=words):
        await import_session(workspace, path)
    assert len(list_sessions(workspace)) == 1
    assert not list(workspace.home.glob(".import-*"))


async def test_changed_content_and_foreign_places_are_refused(
    workspace: Workspace, tmp_path: Path
) -> None:
    info = await talk(workspace, AIMessage("Good."), words=("some words",))
    path = tmp_path / "one.luthier"
    await export_session(workspace, info.id, path)
    rewrite(path, {"facts.json": lambda _text: '{"model_id": "other"}'})
    with pytest.raises(LuthierError, match="tampered"):
        await import_session(workspace, path)

    await export_session(workspace, info.id, path)

    def escape(text: str) -> str:
        manifest = json.loads(text)
        manifest["files"]["../out.txt"] = {"bytes": 1, "sha256": "0"}
        return json.dumps(manifest)

    rewrite(path, {"manifest.json": escape}, extra={"../out.txt": "x"})
    with pytest.raises(LuthierError, match="tampered") as caught:
        await import_session(workspace, path)
    assert "may not" in caught.value.why
    (tmp_path / "no.luthier").write_text("nothing of the kind")
    with pytest.raises(LuthierError, match="no session of Luthier's"):
        await import_session(workspace, tmp_path / "no.luthier")


def rewrite(path: Path, changes: dict[str, object], extra: dict[str, str] | None = None) -> None:
    """Replace the text of some entries of a zip."""
    with zipfile.ZipFile(path) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    for name, change in changes.items():
        texts[name] = change(texts[name])  # type: ignore[operator]
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**texts, **(extra or {})}.items():
            archive.writestr(name, text)


async def test_the_transcript_shows_text_as_text(workspace: Workspace) -> None:
    info = await talk(workspace, AIMessage("**Good.**"), words=("<b>my *words*</b>",))
    events = replay((await read_conversation(workspace, info.id)).messages)
    text = transcript_of(info, events)
    assert "**Luthier:** **Good.**" in text
    assert r"**You:** \<b\>my \*words\*\</b\>" in text
    assert info.id in text


async def test_the_database_grows_with_what_is_said_and_no_faster(tmp_path: Path) -> None:
    each = [await bytes_per_message(tmp_path / str(count), count) for count in (200, 400, 800)]
    assert max(each) < 1.3 * min(each), each


async def bytes_per_message(home: Path, count: int) -> float:
    """What a message takes on disk, all in all, after ten turns at the end of ``count`` messages."""
    workspace = open_workspace(home)
    info = create_session(workspace)
    said: list[AnyMessage] = [
        message
        for turn in range(count // 2 - 10)
        for message in (HumanMessage(f"turn {turn}", id=f"m{turn}"), AIMessage("x" * 500))
    ]
    await write_conversation(workspace, info.id, said, {})
    brain = ScriptedChatModel(script=[AIMessage("x" * 500) for _ in range(10)])
    async with Driver(await open_session(workspace, info.id, brain=brain)) as driver:
        for turn in range(10):
            await driver.say(f"late turn {turn}")
    assert len((await read_conversation(workspace, info.id)).messages) == count
    return workspace.checkpoints_path.stat().st_size / count
