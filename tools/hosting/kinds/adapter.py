"""The adapter by itself: small, for servers that put it on the base model as they load it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from luthier.tools.data.model import Message
from luthier.tools.errors import LuthierError
from luthier.tools.files import read_json, write_json
from luthier.tools.hosting.checks import adapter_problems, template_problems
from luthier.tools.hosting.kinds.asking import ask_transformers
from luthier.tools.hosting.kinds.base import Build, Built, Kind
from luthier.tools.hosting.parity import Answers
from luthier.tools.language import _
from luthier.tools.models.tuned_folder import TOKENIZER_FILES, is_adapter
from luthier.tools.report.card import hub_name

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"


def _make(build: Build) -> Built:
    """Copy the adapter with the base model's tokenizer, and name the base as others know it."""
    base = build.tuned.reference.folder
    if not is_adapter(build.tuned.adapter):
        raise LuthierError(
            _("This tuned model has no adapter."),
            why=_("Every weight of the model was trained, so it is a whole model by itself."),
            remedy=_("Export it as a merged model, as GGUF or as a folder instead."),
            code="export.no_adapter",
        )
    shutil.copy2(build.tuned.adapter / WEIGHTS, build.folder / WEIGHTS)
    config = read_json(build.tuned.adapter / CONFIG)
    name = hub_name(build.tuned.plan, build.tuned.reference)
    write_json(build.folder / CONFIG, {**config, "base_model_name_or_path": name})
    for file in TOKENIZER_FILES:
        if (base / file).is_file():
            shutil.copy2(base / file, build.folder / file)
    problems = [*adapter_problems(build.folder), *template_problems(build.folder, base)]
    return Built(build.folder, "", tuple(problems))


def _ask(build: Build, built: Built, prompts: Sequence[Sequence[Message]]) -> Answers:
    return ask_transformers(build, prompts, folder=built.path, adapter=built.path)


ADAPTER = Kind(name="adapter", make=_make, ask=_ask)
