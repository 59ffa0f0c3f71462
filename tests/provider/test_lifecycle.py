"""The stand-in itself: OpenAI's client from upload to answer, and a training that really happened."""

from __future__ import annotations

import time
from pathlib import Path

import openai
import pytest
from fakes.provider.server import MODEL, Provider
from openai import OpenAI


def until(client: OpenAI, job: str, *statuses: str, seconds: float = 120) -> str:
    """Look at the job until it has one of the statuses."""
    end = time.monotonic() + seconds
    while (status := client.fine_tuning.jobs.retrieve(job).status) not in statuses:
        assert time.monotonic() < end, status
        time.sleep(0.01)
    return status


def test_from_upload_to_answer_and_everything_deleted(
    client: OpenAI, provider: Provider, upload: Path
) -> None:
    file = client.files.create(file=upload, purpose="fine-tune")
    assert client.files.wait_for_processing(file.id, poll_interval=0.01).status == "processed"
    assert client.files.content(file.id).content == upload.read_bytes()
    job = client.fine_tuning.jobs.create(
        model=MODEL, training_file=file.id, suffix="mail", metadata={"luthier": "job-1"}
    )
    seen = [job.status]
    while seen[-1] not in ("succeeded", "failed"):
        seen.append(client.fine_tuning.jobs.retrieve(job.id).status)
    assert list(dict.fromkeys(seen)) == ["validating_files", "queued", "running", "succeeded"]

    done = client.fine_tuning.jobs.retrieve(job.id)
    assert done.fine_tuned_model
    assert done.trained_tokens
    table = client.files.content(done.result_files[0]).text.splitlines()
    assert table[0].startswith("step,train_loss")
    assert len(table) == 4
    events = client.fine_tuning.jobs.list_events(job.id)
    assert [event.type for event in events].count("metrics") == 3
    steps = [one.step_number for one in client.fine_tuning.jobs.checkpoints.list(job.id)]
    assert steps == [3, 2, 1]
    found = client.fine_tuning.jobs.list(metadata={"luthier": "job-1"})
    assert [one.id for one in found] == [job.id]
    assert not list(client.fine_tuning.jobs.list(metadata={"luthier": "job-2"}))

    said = client.chat.completions.create(
        model=done.fine_tuned_model, messages=[{"role": "user", "content": "one two"}]
    )
    assert said.choices[0].message.content == "one"
    client.models.delete(done.fine_tuned_model)
    client.files.delete(file.id)
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve(done.fine_tuned_model)
    assert (provider.count("uploads"), provider.count("creations")) == (1, 1)


def test_a_job_is_paused_resumed_and_cancelled(client: OpenAI, upload: Path) -> None:
    file = client.files.create(file=upload, purpose="fine-tune")
    job = client.fine_tuning.jobs.create(model=MODEL, training_file=file.id)
    until(client, job.id, "running")
    client.fine_tuning.jobs.pause(job.id)
    until(client, job.id, "paused")
    client.fine_tuning.jobs.resume(job.id)
    until(client, job.id, "running")
    assert client.fine_tuning.jobs.cancel(job.id).status == "cancelled"
    with pytest.raises(openai.BadRequestError, match="already completed"):
        client.fine_tuning.jobs.cancel(job.id)


def test_too_few_rows_fail_as_they_do_at_openai(client: OpenAI, tmp_path: Path) -> None:
    path = tmp_path / "few.jsonl"
    path.write_text('{"messages": [{"role": "user", "content": "a"}]}\n')
    file = client.files.create(file=path, purpose="fine-tune")
    job = client.fine_tuning.jobs.create(model=MODEL, training_file=file.id)
    until(client, job.id, "failed")
    error = client.fine_tuning.jobs.retrieve(job.id).error
    assert error
    assert error.code == "invalid_n_examples"
    assert "1 example(s), but must have at least 10" in str(error.message)


@pytest.mark.training
def test_what_it_learned_is_what_was_uploaded(
    tmp_path: Path, tiny_model: Path, upload: Path
) -> None:
    provider = Provider(
        tmp_path / "provider",
        str(tiny_model),
        learning_rate=1e-2,
        auto_epochs=8,
        max_length=128,
    )
    with provider, OpenAI(api_key=provider.key, base_url=provider.base_url) as client:
        file = client.files.create(file=upload, purpose="fine-tune")
        job = client.fine_tuning.jobs.create(
            model=MODEL, training_file=file.id, validation_file=file.id
        )
        until(client, job.id, "running")
        client.fine_tuning.jobs.pause(job.id)
        until(client, job.id, "paused", "succeeded")
        client.fine_tuning.jobs.resume(job.id)
        until(client, job.id, "succeeded")
        done = client.fine_tuning.jobs.retrieve(job.id)
        losses = [
            event.data["valid_loss"]  # type: ignore[index]
            for event in client.fine_tuning.jobs.list_events(job.id, limit=100)
            if event.type == "metrics" and "valid_loss" in event.data  # type: ignore[operator]
        ]
        assert losses[0] < losses[-1] - 1  # newest first
        assert done.trained_tokens
        question = [{"role": "user", "content": "message 77: win a prize"}]
        said = {
            name: client.chat.completions.create(model=name, messages=question, max_tokens=8)  # type: ignore[call-overload]
            for name in (MODEL, str(done.fine_tuned_model))
        }
        tuned = said[str(done.fine_tuned_model)]
        assert tuned.choices[0].message.content == "spam"
        assert tuned.usage.total_tokens > 10
        assert said[MODEL].choices[0].message.content != "spam"
