"""Taking a GGUF export into Ollama: its Modelfile, and creation through its HTTP API.

Ollama writes prompts with a template of its own kind (Go's text/template). It is derived here from
what the model's own template really writes, piece by piece, and only used where it gives the very
same text for every form of conversation tried; otherwise Ollama is left to read the file's template.
API: https://github.com/ollama/ollama/blob/main/docs/api.md (blobs, create, show, ps, delete).
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from luthier.tools.data.model import Message
from luthier.tools.errors import LuthierError
from luthier.tools.hosting.client import ServedModel
from luthier.tools.hosting.model import Export
from luthier.tools.hosting.parity import Answers, find_problems, measure_parity
from luthier.tools.hosting.reference import tuned_answers
from luthier.tools.hosting.store import need_files
from luthier.tools.hosting.tuned import Tuned
from luthier.tools.jobs.folder import now
from luthier.tools.language import _
from luthier.tools.models.rendering import Renderer
from luthier.tools.progress import Progress, silent
from luthier.tools.workspace import Workspace

DEFAULT_URL = "http://127.0.0.1:11434"
PARITY_ROWS = 20
_ANSWERS = 10.0
"""Seconds within which a running Ollama says its version."""
_SYSTEM, _USER, _ANSWER, _NEXT = "qxsystemxq", "qxuserxq", "qxanswerxq", "qxnextxq"


@dataclass(frozen=True, slots=True)
class Pieces:
    """What a template writes before each turn: ``first`` before a user's turn that comes first."""

    system: str
    user: str
    first: str
    answer: str

    def render(self, messages: Sequence[Message]) -> str:
        """The prompt that :meth:`template` gives, for comparison with the model's own."""
        text = ""
        for place, message in enumerate(messages):
            if message.role == "system":
                text += self.system
            elif message.role == "user":
                text += self.user if place else self.first
            else:
                text += self.answer
            text += message.content
        return text + self.answer

    @property
    def template(self) -> str:
        """The same as Ollama's TEMPLATE."""
        return (
            "{{ range $i, $m := .Messages }}"
            '{{ if eq $m.Role "system" }}' + self.system + "{{ $m.Content }}"
            '{{ else if eq $m.Role "user" }}'
            "{{ if eq $i 0 }}" + self.first + "{{ else }}" + self.user + "{{ end }}{{ $m.Content }}"
            '{{ else if eq $m.Role "assistant" }}' + self.answer + "{{ $m.Content }}"
            "{{ end }}{{ end }}" + self.answer
        )


def find_pieces(renderer: Renderer) -> Pieces | None:
    """The pieces of the model's template; None where it is not made of such pieces."""
    whole = _conversation(("system", _SYSTEM), ("user", _USER), ("assistant", _ANSWER))
    whole.append(Message(role="user", content=_NEXT))
    try:
        text = renderer.prompt_text(whole)
        alone = renderer.prompt_text(_conversation(("user", _USER)))
    except LuthierError:
        return None  # such as a template that takes no system text
    parts = _split(text, (_SYSTEM, _USER, _ANSWER, _NEXT))
    short = _split(alone, (_USER,))
    if parts is None or short is None or parts[2] != parts[4] or parts[1] != parts[3]:
        return None
    pieces = Pieces(system=parts[0], user=parts[1], first=short[0], answer=parts[2])
    tried = (_conversation(("user", "a")), whole[:2], whole, [*whole[1:]])
    same = all(pieces.render(one) == renderer.prompt_text(one) for one in tried)
    return pieces if same and "{{" not in "".join((*parts, *short)) else None


def _conversation(*turns: tuple[str, str]) -> list[Message]:
    return [Message.model_validate({"role": role, "content": text}) for role, text in turns]


def _split(text: str, marks: Sequence[str]) -> list[str] | None:
    parts = []
    for mark in marks:
        before, found, text = text.partition(mark)
        if not found:
            return None
        parts.append(before)
    return [*parts, text]


def stop_texts(renderer: Renderer) -> list[str]:
    """The stop tokens as text, in a fixed order."""
    return [renderer.token_texts([number])[0] for number in sorted(renderer.end_ids)]


def modelfile(gguf: Path, renderer: Renderer, system: str) -> str:
    """A Modelfile for ``ollama create``, which may be saved anywhere on this computer."""
    lines = [f"FROM {gguf.absolute()}"]
    pieces = find_pieces(renderer)
    if pieces:
        lines.append(f'TEMPLATE """{pieces.template}"""')
    if system:
        lines.append(f'SYSTEM """{system}"""')
    lines += [f'PARAMETER stop "{text}"' for text in stop_texts(renderer)]
    lines.append("PARAMETER temperature 0")
    return "\n".join(lines) + "\n"


def ollama_url() -> str:
    """Where Ollama listens: OLLAMA_HOST, or its usual place."""
    host = os.environ.get("OLLAMA_HOST", "").strip()
    if not host:
        return DEFAULT_URL
    url = host if "://" in host else f"http://{host}"
    return url if url.rpartition(":")[2].isdecimal() else f"{url}:11434"


def create_in_ollama(
    workspace: Workspace,
    export: Export,
    tuned: Tuned,
    *,
    name: str,
    url: str,
    progress: Progress = silent,
) -> Export:
    """Hand a GGUF export to a running Ollama and ask it what the tuned model was asked.

    Raises:
        LuthierError: the export is no GGUF file, Ollama does not run (``ollama.not_running``), it
            refuses, or it answers otherwise than the tuned model (the model is removed again).
    """
    need_ollama(export, url)
    client = ServedModel(url, model=name)
    gguf, renderer = Path(export.path), Renderer(tuned.reference.folder)
    pieces = find_pieces(renderer)
    progress(_("Handing the file to Ollama"), 0, 0)
    digest = _upload(client, gguf)
    body: dict[str, Any] = {
        "model": name,
        "files": {gguf.name: digest},
        "parameters": {"stop": stop_texts(renderer), "temperature": 0},
        "stream": False,
    }
    if pieces:
        body["template"] = pieces.template
    system = tuned.system(workspace)
    if system:
        body["system"] = system
    client.request("/api/create", body)
    progress(_("Asking it what the tuned model was asked"), 0, 0)
    try:
        made = _measured(workspace, export, tuned, client, pieces)
    except LuthierError:
        delete_from_ollama(url, name)
        raise
    if made.state == "failed":
        delete_from_ollama(url, name)
    return made


def need_ollama(export: Export, url: str) -> None:
    """Make sure that there is something for Ollama to take, and that it runs.

    Raises:
        LuthierError: the export is no GGUF file (``ollama.needs_gguf``), its file is gone
            (``host.no_files``), or Ollama does not run (``ollama.not_running``).
    """
    if export.kind != "gguf" or export.state != "ready":
        raise LuthierError(
            _(
                "Ollama takes a GGUF file that passed its checks; {title} is none.",
                title=export.title,
            ),
            remedy=_(
                "Say “export to gguf” (or `luthier exports make gguf`), then “put it in Ollama”."
            ),
            code="ollama.needs_gguf",
        )
    need_files(export)
    try:
        ServedModel(url, timeout=_ANSWERS).request("/api/version")
    except LuthierError as error:
        raise LuthierError(
            _("Ollama does not answer."),
            why=_("Nothing of it listens at its address: {reason}.", reason=error.why.rstrip(".")),
            remedy=_(
                "Install it from ollama.com where it is missing, start it (`ollama serve`), and say it "
                "again. To do it by hand: `luthier exports ollama {id} --modelfile > Modelfile`, then "
                "`ollama create NAME -f Modelfile`.",
                id=export.short_id,
            ),
            place=url,
            code="ollama.not_running",
        ) from error


def _upload(client: ServedModel, gguf: Path) -> str:
    """Send the file unless Ollama has it, and return its digest."""
    with gguf.open("rb") as file:
        digest = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    try:
        client.request(f"/api/blobs/{digest}", method="HEAD")
    except LuthierError as error:
        if error.code != "host.status_404":
            raise
        client.request(f"/api/blobs/{digest}", data=gguf, method="POST")
    return digest


def _measured(
    workspace: Workspace, export: Export, tuned: Tuned, client: ServedModel, pieces: Pieces | None
) -> Export:
    rows = tuned.test_rows(workspace, PARITY_ROWS)
    reference = tuned_answers(workspace, tuned, rows, silent)
    plan = tuned.plan
    for row in rows[:1]:
        client.answer(row.prompt, 1)  # the first request loads the model, which is no speed of its
    began = time.monotonic()
    answers = [client.answer(row.prompt, plan.evaluation.max_new_tokens) for row in rows]
    seconds = time.monotonic() - began
    shown = client.request("/api/show", {"model": client.model})
    kept = pieces is None or shown.get("template") == pieces.template
    rendered = reference.rendered if kept else [""] * len(rows)
    asked = Answers(answers, rendered, seconds, _memory_of(client))
    parity = measure_parity(rows, plan.task, plan.evaluation.metric, reference, asked)
    problems = find_problems(parity)
    return export.model_copy(
        update={
            "id": f"{export.id}-OLLAMA",
            "kind": "ollama",
            "path": f"{client.model} ({client.url})",
            "bytes": 0,
            "created_at": now(),
            "state": "failed" if problems else "ready",
            "parity": parity,
            "problems": problems,
            "notes": (f"ollama run {client.model}",),
        }
    )


def _memory_of(client: ServedModel) -> int:
    """What Ollama says the loaded model takes, in bytes; 0 where it does not say."""
    names = (client.model, f"{client.model}:latest")
    try:
        loaded = client.request("/api/ps").get("models") or []
    except LuthierError:
        return 0  # a server that speaks as Ollama does, or an old one, need not have this
    return next((int(one.get("size") or 0) for one in loaded if one.get("name") in names), 0)


def delete_from_ollama(url: str, name: str) -> None:
    """Remove a model from a running Ollama.

    Raises:
        LuthierError: Ollama does not run, or has no such model.
    """
    ServedModel(url, model=name).request("/api/delete", {"model": name}, method="DELETE")
