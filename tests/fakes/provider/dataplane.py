"""OpenAI's addresses: files, fine-tuning jobs, models and chat completions."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

from fakes.provider.answering import Answerer
from fakes.provider.jobs import Keeper
from fakes.provider.state import StoredFile, StoredJob, TunedModel
from fakes.provider.wire import Answer, Refused, Request

Route = Callable[..., Answer]
LARGEST = 512 * 1024 * 1024


class DataPlane:
    """What lies below ``/v1``. ``models`` are the base models; ``file_fate`` ends processing.

    ``looks_to_process`` is how often a file is looked at before it is processed; ``confused`` sends
    events in any order and some of them twice. ``longest_answer`` cuts an answer after so many tokens:
    an untrained model would never end it.
    """

    def __init__(self, keeper: Keeper, answerer: Answerer, models: dict[str, str | None]) -> None:
        self.keeper = keeper
        self.store = keeper.store
        self.answerer = answerer
        self.models = models
        self.file_fate = "processed"
        self.looks_to_process = 1
        self.confused = False
        self.longest_answer = 4096
        self._routes: list[tuple[str, re.Pattern[str], Route]] = [
            (method, re.compile(pattern), route)
            for method, pattern, route in (
                ("POST", r"/files", self._upload),
                ("GET", r"/files", self._list_files),
                ("GET", r"/files/([^/]+)/content", self._content),
                ("GET", r"/files/([^/]+)", self._file),
                ("DELETE", r"/files/([^/]+)", self._delete_file),
                ("POST", r"/fine_tuning/jobs", self._create),
                ("GET", r"/fine_tuning/jobs", self._list_jobs),
                ("GET", r"/fine_tuning/jobs/([^/]+)/events", self._events),
                ("GET", r"/fine_tuning/jobs/([^/]+)/checkpoints", self._checkpoints),
                ("POST", r"/fine_tuning/jobs/([^/]+)/(cancel|pause|resume)", self._steer),
                ("GET", r"/fine_tuning/jobs/([^/]+)", self._job),
                ("GET", r"/models", self._list_models),
                ("GET", r"/models/(.+)", self._model),
                ("DELETE", r"/models/(.+)", self._delete_model),
                ("POST", r"/chat/completions", self._chat),
            )
        ]

    def answer(self, request: Request, path: str) -> Answer:
        """The answer to a request whose path below the base URL is ``path``."""
        for method, pattern, route in self._routes:
            found = pattern.fullmatch(path)
            if found and method == request.method:
                return route(request, *found.groups())
        raise Refused(404, f"Invalid URL ({request.method} {path})")

    def _upload(self, request: Request) -> Answer:
        parts = request.parts()
        if "file" not in parts or "purpose" not in parts:
            raise Refused(400, "'file' and 'purpose' are required properties")
        name, content = parts["file"]
        if parts["purpose"][1] != b"fine-tune":
            raise Refused(400, "Only files for fine-tuning are kept here.", param="purpose")
        if not name.endswith(".jsonl"):
            raise Refused(400, "Invalid file format. Must be .jsonl", "invalid_file_format")
        if len(content) > LARGEST:
            raise Refused(413, "Maximum content size limit exceeded")
        file = StoredFile(self.store.new_id("file"), name, "fine-tune", content, self.keeper.now())
        self.store.files[file.id] = file
        self._count("uploads")
        return Answer(file.form())

    def _count(self, what: str) -> None:
        self.store.counted[what] = self.store.counted.get(what, 0) + 1

    def _found_file(self, name: str) -> StoredFile:
        if name not in self.store.files:
            raise Refused(404, f"No such File object: {name}", param="id")
        return self.store.files[name]

    def _file(self, _request: Request, name: str) -> Answer:
        file = self._found_file(name)
        file.reads += 1
        if file.status == "uploaded" and file.reads >= self.looks_to_process:
            file.status = self.file_fate
            if self.file_fate == "error":
                file.status_details = "The file could not be parsed at line 3."
        return Answer(file.form())

    def _list_files(self, request: Request) -> Answer:
        purpose = request.query.get("purpose")
        files = [
            one.form()
            for one in reversed(self.store.files.values())
            if purpose in (None, one.purpose)
        ]
        page, more = _page(files, request, 100)
        ends = {"first_id": page[0]["id"], "last_id": page[-1]["id"]} if page else {}
        ends = ends or {"first_id": "", "last_id": ""}
        return Answer({"object": "list", "data": page, "has_more": more, **ends})

    def _content(self, _request: Request, name: str) -> Answer:
        return Answer(self._found_file(name).content)

    def _delete_file(self, _request: Request, name: str) -> Answer:
        self._found_file(name)
        del self.store.files[name]
        return Answer({"id": name, "object": "file", "deleted": True})

    def _create(self, request: Request) -> Answer:
        asked = request.json()
        for name in ("model", "training_file"):
            if not asked.get(name):
                raise Refused(400, f"you must provide a {name} parameter", param=name)
        if asked["model"] not in self.models and asked["model"] not in self.store.models:
            raise Refused(
                404,
                f"The model '{asked['model']}' does not exist or you do not have access to it.",
                "model_not_found",
                "model",
            )
        for name in ("training_file", "validation_file"):
            if asked.get(name) and asked[name] not in self.store.files:
                raise Refused(400, f"invalid {name}: {asked[name]}", "file_not_found", name)
        job = self.keeper.create(asked)
        self._count("creations")
        return Answer(job.form())

    def _found_job(self, name: str) -> StoredJob:
        if name not in self.store.jobs:
            raise Refused(
                404,
                f"Could not find fine tune: {name}",
                "fine_tune_not_found",
                "fine_tuning_job_id",
            )
        return self.store.jobs[name]

    def _job(self, _request: Request, name: str) -> Answer:
        job = self._found_job(name)
        self.keeper.advance(job)
        return Answer(job.form())

    def _list_jobs(self, request: Request) -> Answer:
        wanted = {
            found[1]: value
            for name, value in request.query.items()
            if (found := re.fullmatch(r"metadata\[(.+)\]", name))
        }
        jobs = [
            job.form()
            for job in reversed(self.store.jobs.values())
            if all((job.request.get("metadata") or {}).get(k) == v for k, v in wanted.items())
        ]
        page, more = _page(jobs, request, 20)
        return Answer({"object": "list", "data": page, "has_more": more})

    def _events(self, request: Request, name: str) -> Answer:
        events = list(reversed(self._found_job(name).events))
        page, more = _page(events, request, 20)
        if self.confused:
            chance = random.Random(len(events))
            page = [*page, *chance.sample(page, len(page) // 2)]
            chance.shuffle(page)
        return Answer({"object": "list", "data": page, "has_more": more})

    def _checkpoints(self, request: Request, name: str) -> Answer:
        found = list(reversed(self._found_job(name).checkpoints))
        page, more = _page(found, request, 10)
        ends = {
            "first_id": page[0]["id"] if page else None,
            "last_id": page[-1]["id"] if page else None,
        }
        return Answer({"object": "list", "data": page, "has_more": more, **ends})

    def _steer(self, _request: Request, name: str, action: str) -> Answer:
        job = self._found_job(name)
        if job.ended:
            raise Refused(400, f"Job has already completed: {name}", "job_not_in_progress")
        self.keeper.steer(job, action)
        return Answer(job.form())

    def _streamed(self, name: str, text: str) -> Answer:
        """The same answer in pieces, as server-sent events."""
        pieces: list[tuple[dict[str, str], str | None]] = [
            ({"content": text[start : start + 8]}, None) for start in range(0, len(text), 8)
        ]
        lines = []
        for delta, finish in (*pieces, ({}, "stop")):
            chunk = {
                "id": "chatcmpl-stream",
                "object": "chat.completion.chunk",
                "created": self.keeper.now(),
                "model": name,
                "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
            }
            lines.append(f"data: {json.dumps(chunk)}\n\n")
        body = "".join([*lines, "data: [DONE]\n\n"]).encode()
        return Answer(body, headers={"Content-Type": "text/event-stream"})

    def _list_models(self, _request: Request) -> Answer:
        base = [self._base_form(name) for name in self.models]
        tuned = [_model_form(model) for model in self.store.models.values()]
        return Answer({"object": "list", "data": [*base, *tuned]})

    def _base_form(self, name: str) -> dict[str, Any]:
        form = {"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "system"}
        return form | {"shutdown_date": self.models[name]}

    def _model(self, _request: Request, name: str) -> Answer:
        if name in self.models:
            return Answer(self._base_form(name))
        return Answer(_model_form(self._tuned(name)))

    def _tuned(self, name: str) -> TunedModel:
        if name not in self.store.models:
            raise Refused(
                404,
                f"The model '{name}' does not exist or you do not have access to it.",
                "model_not_found",
                "model",
            )
        return self.store.models[name]

    def _delete_model(self, _request: Request, name: str) -> Answer:
        if name in self.models:
            raise Refused(403, "You have insufficient permissions for this operation.")
        self._tuned(name)
        del self.store.models[name]
        return Answer({"id": name, "object": "model", "deleted": True})

    def _chat(self, request: Request) -> Answer:
        asked = request.json()
        name = str(asked.get("model", ""))
        adapter = None if name in self.models else self._tuned(name).adapter or ""
        return self.say(asked, name, adapter)

    def say(self, asked: dict[str, Any], name: str, adapter: str | None) -> Answer:
        """A completion by the base model (``adapter`` None) or a tuned one."""
        most = int(asked.get("max_completion_tokens") or asked.get("max_tokens") or 128)
        most = min(most, self.longest_answer)
        said = self.answerer.answer(adapter, asked["messages"], most)
        usage = {
            "prompt_tokens": said.prompt_tokens,
            "completion_tokens": said.completion_tokens,
            "total_tokens": said.prompt_tokens + said.completion_tokens,
        }
        if asked.get("stream"):
            return self._streamed(name, said.text)
        message = {"role": "assistant", "content": said.text, "refusal": None}
        choice = {
            "index": 0,
            "message": message,
            "finish_reason": "stop" if said.stopped else "length",
            "logprobs": None,
        }
        return Answer(
            {
                "id": self.store.new_id("chatcmpl"),
                "object": "chat.completion",
                "created": self.keeper.now(),
                "model": name,
                "choices": [choice],
                "usage": usage,
            }
        )


def _model_form(model: TunedModel) -> dict[str, Any]:
    form = {"id": model.id, "object": "model", "created": model.created}
    return form | {"owned_by": "org-loopback", "shutdown_date": None}


def _page(
    items: list[dict[str, Any]], request: Request, usual: int
) -> tuple[list[dict[str, Any]], bool]:
    """The items behind ``after``, at most ``limit``, and whether there are more."""
    after = request.query.get("after")
    ids = [item["id"] for item in items]
    start = ids.index(after) + 1 if after in ids else 0
    limit = int(request.query.get("limit", usual))
    return json.loads(json.dumps(items[start : start + limit])), start + limit < len(items)
