"""Finding jobs by id, by part of an id, by session and by key."""

from __future__ import annotations

from pathlib import Path

import pytest

from luthier.tools.errors import LuthierError
from luthier.tools.files import write_json
from luthier.tools.jobs import store, supervisor
from luthier.tools.jobs.folder import read_job
from luthier.tools.jobs.model import Job, JobSpec, JobState
from luthier.tools.workspace import Workspace


def put(workspace: Workspace, job_id: str, session: str = "s") -> Job:
    spec = JobSpec(
        id=job_id,
        kind="train",
        session_id=session,
        title="T",
        payload={},
        idempotency_key=f"key {job_id}",
        created_at="2030-01-01T00:00:00+00:00",
    )
    folder = workspace.jobs / job_id
    folder.mkdir()
    write_json(folder / "spec.json", spec.model_dump(mode="json"))
    job = read_job(folder)
    store.insert_job(workspace, job)
    return job


def test_a_job_is_found_by_id_and_by_either_end_of_it(workspace: Workspace) -> None:
    put(workspace, "01AAA111")
    put(workspace, "01BBB222")
    for part in ("01AAA111", "01AAA", "a111", " 01aaa111 "):
        assert store.get_job(workspace, part).id == "01AAA111"
    for part, code in (("01", "job.ambiguous"), ("XYZ", "job.not_found"), ("", "job.not_found")):
        with pytest.raises(LuthierError) as raised:
            store.get_job(workspace, part)
        assert raised.value.code == code


def test_jobs_are_listed_newest_first_and_by_session(workspace: Workspace) -> None:
    put(workspace, "01A", "one")
    put(workspace, "01B", "two")
    put(workspace, "01C", "one")
    assert [job.id for job in store.list_jobs(workspace)] == ["01C", "01B", "01A"]
    assert [job.id for job in store.list_jobs(workspace, "one")] == ["01C", "01A"]
    assert store.list_jobs(workspace, "three") == []


def test_a_job_is_found_by_its_key(workspace: Workspace) -> None:
    put(workspace, "01A")
    found = store.find_by_key(workspace, "key 01A")
    assert found is not None
    assert found.id == "01A"
    assert store.find_by_key(workspace, "key 01B") is None


def test_a_job_without_its_folder_is_passed_over(workspace: Workspace) -> None:
    job = put(workspace, "01A")
    Path(job.folder, "spec.json").unlink()
    assert store.list_jobs(workspace) == []
    with pytest.raises(LuthierError) as raised:
        store.get_job(workspace, "01A")
    assert raised.value.code == "job.unreadable"


@pytest.mark.parametrize("name", ["spec.json", "status.json"])
@pytest.mark.parametrize("content", ['{"id": "01A"}', '{"id', "[1]"])
def test_a_damaged_job_is_told_plainly_and_spoils_no_list(
    workspace: Workspace, name: str, content: str
) -> None:
    job = put(workspace, "01A")
    put(workspace, "01B")
    Path(job.folder, name).write_text(content)
    with pytest.raises(LuthierError) as raised:
        store.get_job(workspace, "01A")
    assert raised.value.code == "job.unreadable"
    assert [other.id for other in store.list_jobs(workspace)] == ["01B"]


def test_an_unknown_job_is_not_recorded(workspace: Workspace) -> None:
    store.record_state(workspace, "nobody", JobState.FAILED)
    assert store.recorded_states(workspace) == {}


def test_a_full_disk_stops_a_launch_in_plain_words(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(supervisor, "write_json", refuse)
    with pytest.raises(LuthierError) as raised:
        supervisor.launch(
            workspace, kind="train", session_id="s", title="T", payload={}, idempotency_key="k"
        )
    assert raised.value.code == "job.not_writable"
    assert "No space left" in raised.value.why
    assert store.list_jobs(workspace) == []
