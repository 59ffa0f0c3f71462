"""The folder that AutoTrain trains from: its YAML, its data, and the base model as it can read it.

The training text is written by Luthier's own renderer into the column ``text``, so that the same
characters are learned as everywhere else; AutoTrain's own chat templates are switched off. It packs
rows end to end and puts the tokenizer's end token between them, so a row is written without the end
token that it would then have twice.
"""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from luthier.tools.data.model import Row
from luthier.tools.data.store import load_rows
from luthier.tools.errors import LuthierError
from luthier.tools.files import read_json, write_json
from luthier.tools.language import _
from luthier.tools.models.reference import ModelReference, resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.training.autotrain.environment import UNWANTED, VERSION
from luthier.tools.training.plan import Plan
from luthier.tools.workspace import Workspace

CONFIG = "autotrain.yml"
DATA, MODEL, RESULT = "data", "model", "result"
README = "README.md"
_WEIGHTS = (".safetensors",)
_FOREIGN_SETTINGS = ("backend", "is_local", "local_files_only")
"""What transformers 5 writes of how a tokenizer was loaded; older versions take it for settings."""

Place = Callable[[Path, Path], object]


@dataclass(frozen=True, slots=True)
class Project:
    """A folder ready for ``autotrain --config``; ``left_out`` rows could not be written for it."""

    folder: Path
    rows: int
    left_out: int

    @property
    def result(self) -> Path:
        """Where AutoTrain puts what it made."""
        return self.folder / RESULT


def write_project(workspace: Workspace, plan: Plan, folder: Path, *, share: bool) -> Project:
    """Write the whole folder; what an earlier run left in it is removed.

    Args:
        workspace: where data and base model are.
        plan: one that :data:`luthier.tools.training.backends.autotrain.AUTOTRAIN` accepts.
        folder: made where it is absent.
        share: whether weights may be hard links to Luthier's own (a folder that stays here), or
            must be copies (one that is taken elsewhere).

    Raises:
        LuthierError: model or data are missing, the model is too new for AutoTrain
            (``autotrain.model_too_new``), or no row is left (``training.nothing_to_learn``).
    """
    reference = resolve_model(workspace, plan.model.id, download=False)
    rows = load_rows(workspace, plan.data.dataset_id, "train")
    texts = list(training_texts(Renderer(reference.folder), rows))
    if not texts:
        raise LuthierError(
            _("There is nothing to learn in these rows."),
            why=_("No training row has an answer that AutoTrain could be given."),
            remedy=_("Look at what the model will learn."),
            code="training.nothing_to_learn",
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in (DATA, MODEL, RESULT):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / DATA).mkdir()
    with (folder / DATA / "train.jsonl").open("w", encoding="utf-8") as file:
        for text in texts:
            file.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
    copy_model(reference, folder / MODEL, link if share else shutil.copy2)
    with (folder / CONFIG).open("w", encoding="utf-8") as file:
        YAML().dump(settings(plan), file)
    return Project(folder, len(texts), len(rows) - len(texts))


def training_texts(renderer: Renderer, rows: Iterable[Row]) -> Iterator[str]:
    """What is learned of each row, from the first character to the last end token.

    Rows without an answer have none, and rows whose own text spells control tokens are left out:
    AutoTrain would read them as such.
    """
    known = list(rows)
    rendered = renderer.render_many([row.messages for row in known])
    ends = [text for text in renderer.token_texts(sorted(renderer.end_ids)) if text]
    between, start = separator(renderer.folder), added_start(renderer.folder)
    for row, tokens in zip(known, rendered, strict=True):
        if tokens.control_tokens or not any(tokens.trained[1:]):
            continue
        text = renderer.text(row.messages)
        cut = max((text.rfind(end) + len(end) for end in ends if end in text), default=len(text))
        yield text[:cut].removesuffix(between).removeprefix(start)


def separator(folder: Path) -> str:
    """The end token that AutoTrain puts between rows: the tokenizer's own."""
    token = (read_json(folder / "tokenizer_config.json") or {}).get("eos_token") or ""
    return str(token.get("content", "")) if isinstance(token, dict) else str(token)


def added_start(folder: Path) -> str:
    """The start token that the tokenizer puts before every text by itself; "" where it does not."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    plain = tokenizer.encode("a", add_special_tokens=False).ids
    ids = tokenizer.encode("a").ids
    return str(tokenizer.id_to_token(ids[0])) if ids[1:] == plain else ""


def settings(plan: Plan) -> dict[str, Any]:
    """The plan in AutoTrain's words (``autotrain/trainers/clm/params.py``).

    The validation rows are not named: AutoTrain drops them for local data. ``seed`` is written for
    the record; its SFT trainer does not read it.
    """
    train, lora = plan.train, plan.lora
    return {
        "task": "llm-sft",
        "base_model": MODEL,
        "project_name": RESULT,
        "log": "none",
        "backend": "local",
        "data": {
            "path": DATA,
            "train_split": "train",
            "valid_split": None,
            "chat_template": None,
            "column_mapping": {"text_column": "text"},
        },
        "params": {
            "block_size": train.max_length,
            "model_max_length": max(2048, train.max_length),
            "epochs": whole_epochs(plan),
            "batch_size": train.batch_size,
            "gradient_accumulation": train.gradient_accumulation,
            "lr": train.learning_rate,
            "scheduler": train.scheduler,
            "warmup_ratio": train.warmup,
            "optimizer": "adamw_torch",
            "weight_decay": 0.0,
            "logging_steps": 1,
            "seed": train.seed,
            "disable_gradient_checkpointing": not train.gradient_checkpointing,
            "mixed_precision": None,
            "padding": "right",
            "peft": True,
            "quantization": None,
            "target_modules": "all-linear",
            "lora_r": lora.rank,
            "lora_alpha": lora.alpha,
            "lora_dropout": lora.dropout,
            "merge_adapter": False,
        },
        "hub": {"username": None, "token": None, "push_to_hub": False},
    }


def whole_epochs(plan: Plan) -> int:
    """AutoTrain takes whole passes only: the nearest number, and one at least."""
    return max(1, round(plan.train.epochs))


def copy_model(reference: ModelReference, folder: Path, place: Place) -> None:
    """The base model as transformers 4.48 reads it; weights are put there by ``place``.

    What a newer transformers writes would be misread without a word: without ``rope_theta`` at the
    old place the positions would turn at another speed.

    Raises:
        LuthierError: the model's positions cannot be said in the old words.
    """
    folder.mkdir(parents=True)
    for path in sorted(reference.folder.iterdir()):
        if not path.is_file() or path.name.startswith((".", "luthier-")):
            continue
        if path.suffix in _WEIGHTS:
            place(path.resolve(), folder / path.name)
        else:
            shutil.copyfile(path, folder / path.name)
    config = folder / "config.json"
    write_json(config, older_config(read_json(config)))
    tokenizer = folder / "tokenizer_config.json"
    if tokenizer.exists():
        write_json(tokenizer, older_tokenizer(read_json(tokenizer)))


def link(source: Path, target: Path) -> None:
    """A hard link where the file system can, else a copy."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)


def older_config(config: dict[str, Any]) -> dict[str, Any]:
    """A model's configuration as transformers 4.48 has it.

    Raises:
        LuthierError: ``autotrain.model_too_new``.
    """
    old = dict(config)
    if "dtype" in old:
        old.setdefault("torch_dtype", old.pop("dtype"))
    rope = old.pop("rope_parameters", None)
    if rope is None:
        return old
    if any(isinstance(value, dict) for value in rope.values()):
        raise LuthierError(
            _("AutoTrain does not know this kind of model."),
            why=_("Its layers count positions in several ways, which came after AutoTrain."),
            remedy=_("Train on this computer instead (“use local”), or choose another model."),
            place=str(config.get("model_type", "")),
            code="autotrain.model_too_new",
        )
    scaling = {name: value for name, value in rope.items() if name != "rope_theta"}
    if "rope_theta" in rope:
        old["rope_theta"] = rope["rope_theta"]
    if scaling.get("rope_type", "default") != "default":
        old["rope_scaling"] = scaling
    return old


def older_tokenizer(config: dict[str, Any]) -> dict[str, Any]:
    """A tokenizer's configuration as transformers 4.48 has it."""
    old = {name: value for name, value in config.items() if name not in _FOREIGN_SETTINGS}
    if str(old.get("tokenizer_class", "")).endswith("Backend"):
        old["tokenizer_class"] = "PreTrainedTokenizerFast"
    extra = old.get("extra_special_tokens")
    if isinstance(extra, list):
        del old["extra_special_tokens"]
        old["additional_special_tokens"] = [*old.get("additional_special_tokens", []), *extra]
    return old


def commands(folder: str = ".") -> tuple[str, ...]:
    """What to type on another computer, in order."""
    return (
        f"cd {shlex.quote(folder)}",
        "python3.11 -m venv autotrain-env && . autotrain-env/bin/activate",
        "pip install torch==2.13.0",
        f"pip install torch==2.13.0 autotrain-advanced=={VERSION}",
        f"pip uninstall -y {' '.join(UNWANTED)}",
        f"autotrain --config {CONFIG}",
    )


def readme(plan: Plan) -> str:
    """What the folder is, for whoever opens it elsewhere."""
    lines = "\n".join(commands())
    return (
        f"# {plan.name}: a training for AutoTrain Advanced {VERSION}\n\n"
        f"`{CONFIG}` is the plan, `{DATA}/train.jsonl` the training text, `{MODEL}/` the base model in "
        "the form that AutoTrain reads.\n\n"
        f"```sh\n{lines}\n```\n\n"
        f"Leave `pip uninstall` out where there is an NVIDIA GPU. The result is in `{RESULT}/`. "
        "AutoTrain ends with exit code 0 even where training failed: it worked if "
        f"`{RESULT}/adapter_model.safetensors` is there and the output has no line with “has failed due "
        "to”.\n"
    )
