"""A Slack export: a folder (or zip) with users.json and, per channel, a file of JSON for each day.

Every thread is a conversation of its own; the rest of a channel is cut at long silences. Mentions
such as <@U123> become names, and links keep their words.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from luthier.tools.data.encodings import mend_text
from luthier.tools.data.paths import leads_out
from luthier.tools.data.readers.base import (
    Format,
    Head,
    Item,
    Recognition,
    Remark,
    Source,
    Unreadable,
)
from luthier.tools.data.readers.chat_windows import Said, conversations
from luthier.tools.language import _, plural

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\.json")
_MARKUP = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_NOISE = frozenset({"channel_join", "channel_leave", "channel_topic", "channel_purpose",
                    "channel_name", "channel_archive", "bot_add", "pinned_item"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Day:
    channel: str
    path: Path
    name: str


class SlackReader:
    """The export of a whole workspace."""

    formats: tuple[Format, ...] = ("slack",)
    extensions: tuple[str, ...] = ()

    def recognise(self, head: Head, wanted: Format | None) -> Recognition | None:
        """A claim to a folder with users.json and channels that hold files named by day."""
        if not head.path.is_dir() or not is_slack_export(head.path):
            return None
        count = len({day.channel for day in _days(head.path)})
        channels = plural("{n} channel", "{n} channels", count)
        reason = _(
            "A Slack export: users.json beside {channels} with one file for each day; threads "
            "are conversations, the rest is cut at pauses of six hours.",
            channels=channels,
        )
        return Recognition("slack", reason)

    def read(self, source: Source) -> Iterator[Item]:
        """One record per conversation, channel by channel."""
        names = _people(source.content)
        channel = ""
        said: list[_Threaded] = []
        for day in _days(source.content):
            if day.channel != channel:
                yield from _channel_records(channel, said)
                channel, said = day.channel, []
            for item in _day_messages(day, names):
                if isinstance(item, tuple):
                    said.append(item)
                else:
                    yield item
        yield from _channel_records(channel, said)


def is_slack_export(folder: Path) -> bool:
    """Whether the folder holds users.json and at least one channel with a day in it."""
    return (folder / "users.json").is_file() and next(_days(folder), None) is not None


_Threaded = tuple[str, Said, str]


def _days(folder: Path) -> Iterator[_Day]:
    channels = [path for path in folder.iterdir() if path.is_dir() and not leads_out(folder, path)]
    for channel in sorted(channels):
        for path in sorted(channel.iterdir()):
            if _DAY.fullmatch(path.name) and not leads_out(folder, path):
                yield _Day(channel.name, path, f"{channel.name}/{path.name}")


def _people(folder: Path) -> dict[str, str]:
    """Names by user id; an unreadable list leaves the ids."""
    try:
        users = json.loads((folder / "users.json").read_text("utf-8", "replace"))
    except (OSError, ValueError, RecursionError):
        return {}
    names = {}
    for user in users if isinstance(users, list) else ():
        if isinstance(user, dict) and isinstance(user.get("id"), str):
            given = user.get("profile")
            profile: dict[str, Any] = given if isinstance(given, dict) else {}
            found = (profile.get("display_name"), user.get("real_name"), profile.get("real_name"),
                     user.get("name"))  # fmt: skip
            names[user["id"]] = mend_text(next((n for n in found if isinstance(n, str) and n), ""))
    return {key: name for key, name in names.items() if name}


def _day_messages(day: _Day, names: dict[str, str]) -> Iterator[_Threaded | Unreadable | Remark]:
    try:
        messages = json.loads(day.path.read_text("utf-8", "replace"))
    except (OSError, ValueError, RecursionError) as error:
        yield Unreadable(1, "broken_json", _("it cannot be read: {why}", why=error), "", day.name)
        return
    if not isinstance(messages, list):
        yield Unreadable(1, "data_type", _("a list of messages is expected"), "", day.name)
        return
    for number, message in enumerate(messages, 1):
        text = _text(message, names)
        speaker = _speaker(message, names)
        noise = not isinstance(message, dict) or message.get("subtype") in _NOISE
        if noise or not text or not speaker:
            code = "no_speaker" if noise or not speaker else "no_text"
            yield Remark(number, code, text[:60] or _("an empty message"), "", day.name)
            continue
        thread = str(message.get("thread_ts") or "")
        yield thread, Said(number, speaker, text, _moment(message.get("ts"))), day.name


def _channel_records(channel: str, said: list[_Threaded]) -> Iterator[Item]:
    threads: dict[str, list[_Threaded]] = {}
    for entry in said:
        threads.setdefault(entry[0], []).append(entry)
    for entries in threads.values():
        files = {id(entry[1]): entry[2] for entry in entries}
        start = 0
        turns = [entry[1] for entry in entries]
        for record in conversations(turns, {"channel": channel}):
            yield _in_file(record, files[id(turns[start])])
            start += len(record.values["turns"])


def _in_file(record: Any, file: str) -> Any:
    return type(record)(record.line, record.values, file)


def _text(message: Any, names: dict[str, str]) -> str:
    raw = message.get("text") if isinstance(message, dict) else None
    if not isinstance(raw, str):
        return ""

    def plain(found: re.Match[str]) -> str:
        kind, target, words = found.groups()
        if kind == "@":
            return f"@{names.get(target, words or target)}"
        return f"{kind if kind == '#' else ''}{words or target}"

    return mend_text(html.unescape(_MARKUP.sub(plain, raw))).strip()


def _speaker(message: Any, names: dict[str, str]) -> str:
    if not isinstance(message, dict):
        return ""
    user = message.get("user")
    if isinstance(user, str) and user:
        return names.get(user, user)
    name = message.get("username") or message.get("bot_id")
    return mend_text(name) if isinstance(name, str) else ""


def _moment(stamp: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(stamp), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
