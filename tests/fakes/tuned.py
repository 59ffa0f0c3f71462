"""A tiny model that was really tuned, as a finished training job: for tests of what comes after."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.model import Row
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.data.store import load_rows
from luthier.tools.files import write_json
from luthier.tools.hosting.export_worker import run
from luthier.tools.hosting.model import Export
from luthier.tools.identifiers import new_id
from luthier.tools.jobs.context import JobContext
from luthier.tools.jobs.folder import now, write_status
from luthier.tools.jobs.model import Job, JobSpec, JobState, JobStatus
from luthier.tools.jobs.store import insert_job
from luthier.tools.models.reference import resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.models.tuned_folder import TOKENIZER_FILES
from luthier.tools.training.plan import DataPlan, EvaluationPlan, ModelPlan, Plan
from luthier.tools.workspace import Workspace

TRAIN_JOB = "TRAINJOB"
SESSION = "session"
_WORDS = {"spam": ["prize", "money", "pills", "win"], "ham": ["lunch", "tea", "call", "rain"]}


@dataclass(frozen=True)
class TunedHome:
    """A home with a finished training of the tiny model."""

    workspace: Workspace
    plan: Plan
    base: Path

    def context(self, kind: str, payload: dict[str, object]) -> JobContext:
        """A job's context without processes, for workers that are run in the test itself."""
        spec = JobSpec(
            id=new_id(),
            kind=kind,  # type: ignore[arg-type]
            session_id=SESSION,
            title=kind,
            payload=payload,
            idempotency_key=new_id(),
            created_at=now(),
        )
        folder = self.workspace.jobs / spec.id
        folder.mkdir()
        return JobContext(self.workspace, spec, folder)

    def export(self, kind: str, *precisions: str, train_job: str = TRAIN_JOB) -> list[Export]:
        """Run an export's worker here and return what it made."""
        context = self.context(
            "export",
            {"train_job": train_job, "kind": kind, "precisions": precisions or ("",), "rows": 6},
        )
        try:
            return [Export.model_validate(one) for one in run(context)["exports"]]
        finally:
            context.close()


def tune_tiny(
    workspace: Workspace, model: Path, folder: Path, steps: int = 60, most: int = 100
) -> Plan:
    """Tune the model in ``model`` to sort mail, and leave it in ``workspace`` as a finished job.

    ``most`` rows are learned at most: a large vocabulary makes every row dear.
    """
    plan = mail_plan(workspace, model, folder)
    job = workspace.jobs / TRAIN_JOB
    adapter = job / "output" / "adapter"
    adapter.mkdir(parents=True)
    rows = load_rows(workspace, plan.data.dataset_id, "train")[:most]
    save_adapter(train_adapter(model, rows, steps), adapter)
    spec = JobSpec(
        id=TRAIN_JOB,
        kind="train",
        session_id=SESSION,
        title="Tuning mail",
        payload={"plan": plan.model_dump(mode="json")},
        idempotency_key=TRAIN_JOB,
        created_at=now(),
    )
    finish_job(workspace, spec, {"adapter": str(adapter), "seconds": 1.0, "steps": steps})
    return plan


def finish_job(workspace: Workspace, spec: JobSpec, result: dict[str, Any]) -> None:
    """Leave a job behind as its supervisor does when the worker has ended well."""
    folder = workspace.jobs / spec.id
    write_json(folder / "spec.json", spec.model_dump(mode="json"))
    write_json(folder / "result.json", result)
    status = write_status(folder, JobStatus(state=JobState.SUCCEEDED))
    insert_job(workspace, Job(spec=spec, status=status, folder=str(folder)))


def mail_plan(workspace: Workspace, model: Path, folder: Path) -> Plan:
    """A plan for 60 short messages, spam or ham, written to ``folder``."""
    source = folder / "mail.csv"
    with source.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["message", "kind"])
        for number in range(60):
            kind = "spam" if number % 2 else "ham"
            words = [_WORDS[kind][(number * step) % 4] for step in (1, 2, 3)]
            writer.writerow([f"{' '.join(words)} {number * 7919 % 1000}", kind])
    inspection = inspect_file(source)
    dataset = prepare_dataset(workspace, source, inspection.mapping, leave_out_unusable=False)
    return Plan(
        name="mail",
        task=inspection.task,
        data=DataPlan(
            dataset_id=dataset.id,
            path=str(source),
            sha256=dataset.source_sha256,
            mapping=inspection.mapping,
        ),
        model=ModelPlan(id=str(model)),
        evaluation=EvaluationPlan(metric="exact_match", max_new_tokens=8),
    )


def write_tiny_with_tokenizer(source: Path, folder: Path) -> Path:
    """A tiny random Llama with the tokenizer and template of the model in ``source``.

    llama.cpp's converter knows tokenizers by what they make of a text, so it takes real ones only.
    """
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    known = json.loads((source / "config.json").read_text(encoding="utf-8"))
    torch.manual_seed(13)
    config = LlamaConfig(
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        vocab_size=known["vocab_size"],
        eos_token_id=known["eos_token_id"],
        bos_token_id=known["bos_token_id"],
        tie_word_embeddings=True,
        initializer_range=0.1,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    for name in TOKENIZER_FILES:
        if (source / name).is_file():
            shutil.copy2(source / name, folder / name)
    return folder


def train_adapter(model: Path, rows: list[Row], steps: int) -> Any:
    """A LoRA adapter that learned ``rows`` by heart; with no steps, one that was never trained."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(3)
    tuned = get_peft_model(
        AutoModelForCausalLM.from_pretrained(model),
        LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"),
    )
    renderer = Renderer(model)
    rendered = renderer.render_many([row.messages for row in rows])
    pad = renderer.pad_id
    width = max(len(one.ids) for one in rendered)
    ids = torch.tensor([one.ids + [pad] * (width - len(one.ids)) for one in rendered])
    labels = torch.tensor(
        [
            [
                token if trained else -100
                for token, trained in zip(one.ids, one.trained, strict=True)
            ]
            + [-100] * (width - len(one.ids))
            for one in rendered
        ]
    )
    optimiser = torch.optim.AdamW(tuned.parameters(), lr=1e-2)
    for _ in range(steps):
        loss = tuned(input_ids=ids, attention_mask=(ids != pad).long(), labels=labels).loss
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
    return tuned


def save_adapter(tuned: Any, folder: Path) -> None:
    """Save only the adapter, as a training does."""
    tuned.save_pretrained(folder)


def reference_of(workspace: Workspace, plan: Plan) -> Path:
    """The base model's folder."""
    return resolve_model(workspace, plan.model.id).folder
