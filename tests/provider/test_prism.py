"""OpenAI's own description between client and stand-in: neither may say what it does not allow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from fakes import prism as prism_door
from fakes.provider.server import MODEL, Provider
from openai import AzureOpenAI, OpenAI

from luthier.tools.training.hosted.graders import ANSWER, WANTED


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Provider, str, str]]:
    """One provider with two Prisms in front of it: OpenAI's form, and Azure's."""
    try:
        document, azure = prism_door.described(), prism_door.azure_described()
        prism_door.find_prism()
    except prism_door.Absent as absent:
        pytest.skip(str(absent))
    folders = [tmp_path_factory.mktemp(name) for name in ("openai", "azure")]
    with (
        Provider() as provider,
        prism_door.prism(document, provider.base_url, folders[0]) as checked,
        prism_door.prism(azure, provider.url, folders[1]) as checked_azure,
    ):
        yield provider, checked, checked_azure


@pytest.fixture
def client(served: tuple[Provider, str, str]) -> Iterator[OpenAI]:
    """OpenAI's client behind Prism."""
    provider, checked, _azure = served
    with OpenAI(api_key=provider.key, base_url=checked, max_retries=0) as client:
        yield client


GRADER = {
    "type": "string_check",
    "name": "same label",
    "operation": "eq",
    "input": ANSWER,
    "reference": WANTED,
}


def lifecycle(client: OpenAI, upload: Path, model: str) -> None:
    """Upload, three kinds of jobs, every question that can be asked of one, and deleting."""
    file = client.files.create(file=upload, purpose="fine-tune")
    assert client.files.wait_for_processing(file.id, poll_interval=0.01).status == "processed"
    assert client.files.content(file.id).content == upload.read_bytes()
    assert file.id in [one.id for one in client.files.list(purpose="fine-tune")]
    given = {"n_epochs": 2, "batch_size": "auto", "learning_rate_multiplier": 0.5}
    methods: list[Any] = [
        {"type": "supervised", "supervised": {"hyperparameters": given}},
        {"type": "dpo", "dpo": {"hyperparameters": {**given, "beta": 0.1}}},
        {
            "type": "reinforcement",
            "reinforcement": {"hyperparameters": {**given, "eval_samples": 3}, "grader": GRADER},
        },
    ]
    for method in methods:
        job = client.fine_tuning.jobs.create(
            model=model,
            training_file=file.id,
            validation_file=file.id,
            method=method,
            suffix="mail-7",
            seed=7,
            metadata={"luthier": "job"},
            integrations=[{"type": "wandb", "wandb": {"project": "mail"}}],
        )
        seen = []
        while not seen or seen[-1] != "succeeded":
            seen.append(client.fine_tuning.jobs.retrieve(job.id).status)
            assert seen[-1] != "failed"
        assert list(client.fine_tuning.jobs.list_events(job.id))
        assert list(client.fine_tuning.jobs.checkpoints.list(job.id))
    assert len(list(client.fine_tuning.jobs.list())) >= 2
    done = client.fine_tuning.jobs.retrieve(job.id)
    assert client.files.content(done.result_files[0]).text.startswith("step,")
    waiting = client.fine_tuning.jobs.create(model=model, training_file=file.id)
    client.fine_tuning.jobs.cancel(waiting.id)
    client.files.delete(file.id)


def test_the_whole_life_of_a_job_is_within_the_description(client: OpenAI, upload: Path) -> None:
    lifecycle(client, upload, MODEL)
    names = [one.id for one in client.models.list()]
    tuned = next(name for name in names if name.startswith("ft:") and "ckpt" not in name)
    said = client.chat.completions.create(
        model=tuned, messages=[{"role": "user", "content": "one two"}], max_completion_tokens=8
    )
    assert said.usage
    client.models.delete(tuned)


def test_azures_form_of_it_is_too(served: tuple[Provider, str, str], upload: Path) -> None:
    provider, _checked, azure = served
    with AzureOpenAI(
        azure_endpoint=azure,
        api_key=provider.key,
        api_version="2025-04-01-preview",
        max_retries=0,
    ) as client:
        lifecycle(client, upload, MODEL)
    with (
        AzureOpenAI(
            azure_endpoint=azure, api_key=provider.key, api_version="soon", max_retries=0
        ) as client,
        pytest.raises(openai.UnprocessableEntityError),
    ):
        client.models.list()


@pytest.mark.parametrize(
    "wrong",
    [
        {"method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 999}}}},
        {"method": {"type": "guessing"}},
        {"suffix": "x" * 65},
        {"seed": -1},
        {"integrations": [{"type": "wandb"}]},
    ],
    ids=["epochs", "method", "suffix", "seed", "integration"],
)
def test_a_wrong_request_never_reaches_the_provider(
    client: OpenAI, served: tuple[Provider, str, str], upload: Path, wrong: dict[str, Any]
) -> None:
    file = client.files.create(file=upload, purpose="fine-tune")
    before = served[0].count("creations")
    with pytest.raises(openai.UnprocessableEntityError):
        client.fine_tuning.jobs.create(model=MODEL, training_file=file.id, **wrong)
    assert served[0].count("creations") == before


def test_a_wrong_reply_of_the_provider_is_caught(
    client: OpenAI, served: tuple[Provider, str, str], upload: Path
) -> None:
    file = client.files.create(file=upload, purpose="fine-tune")
    job = client.fine_tuning.jobs.create(model=MODEL, training_file=file.id)
    served[0].store.jobs[job.id].seed = "thirteen"  # type: ignore[assignment]
    with pytest.raises(openai.InternalServerError) as caught:
        client.fine_tuning.jobs.retrieve(job.id)
    assert "VIOLATIONS" in caught.value.response.text
