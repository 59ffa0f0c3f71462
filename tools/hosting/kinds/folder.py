"""A folder that runs without Luthier: the merged model, a script, a README and its requirements."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from luthier.tools.data.model import Message
from luthier.tools.errors import LuthierError
from luthier.tools.hosting.backends import last_words
from luthier.tools.hosting.checks import file_problems, weight_problems
from luthier.tools.hosting.kinds.asking import rendered
from luthier.tools.hosting.kinds.base import Build, Built, Kind
from luthier.tools.hosting.kinds.merged import doing, merge_into
from luthier.tools.hosting.parity import Answers
from luthier.tools.jobs.environment import job_environment
from luthier.tools.language import _
from luthier.tools.models.generation import Generated

SCRIPT = Path(__file__).parent / "folder_files" / "run.py"
README = SCRIPT.with_name("README.md")
MODEL = "model"


def _make(build: Build) -> Built:
    build.say(doing(build.tuned), 0, 0)
    model = build.folder / MODEL
    precision = merge_into(build.tuned, model)
    shutil.copy2(SCRIPT, build.folder / SCRIPT.name)
    text = README.read_text(encoding="utf-8").replace("{name}", build.tuned.name)
    (build.folder / "README.md").write_text(text, encoding="utf-8")
    pins = [f"{name}=={version(name).partition('+')[0]}" for name in ("torch", "transformers")]
    (build.folder / "requirements.txt").write_text("\n".join(pins) + "\n", encoding="utf-8")
    settings = {
        "max_new_tokens": build.tuned.plan.evaluation.max_new_tokens,
        "system": build.tuned.system(build.workspace),
    }
    (build.folder / "settings.json").write_text(
        json.dumps(settings, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    base = build.tuned.reference.folder
    problems = [*weight_problems(model, base), *file_problems(model, base)]
    return Built(build.folder, precision, tuple(problems))


def _ask(build: Build, built: Built, prompts: Sequence[Sequence[Message]]) -> Answers:
    """Run the folder's own script on the prompts, isolated, in another folder."""
    questions = build.scratch / "questions.jsonl"
    with questions.open("w", encoding="utf-8") as file:
        for messages in prompts:
            file.write(json.dumps([message.model_dump() for message in messages]) + "\n")
    build.say(_("Running the folder's own script"), 0, 0)
    began = time.monotonic()
    with build.log.open("ab") as log:
        done = subprocess.run(
            [sys.executable, "-I", str(built.path / SCRIPT.name), "--batch", str(questions)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=build.scratch,
            env=job_environment(build.workspace),
            text=True,
        )
    if done.returncode:
        raise LuthierError(
            _("The folder's script does not run."),
            why=_("Its last words: {words}", words=last_words(build.log)),
            remedy=_("Export the merged model instead; it needs no script."),
            place=str(build.log),
            code="export.script_failed",
        )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    answers = [
        Generated(one["text"], one["stopped"], one["prompt_tokens"], one["completion_tokens"])
        for one in found
    ]
    seconds = sum(float(one["seconds"]) for one in found) or time.monotonic() - began
    return Answers(answers, rendered(built.path / MODEL, prompts), seconds)


FOLDER = Kind(name="folder", make=_make, ask=_ask)
