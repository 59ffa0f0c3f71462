"""A prepared data set of given rows, as ``prepare`` leaves it: files, and a row in the database."""

from __future__ import annotations

from collections.abc import Sequence

from luthier.tools.data.model import (
    DatasetInfo,
    Lineage,
    Mapping,
    Message,
    Row,
    SplitName,
    Task,
    ToolCall,
)
from luthier.tools.data.store import INFO, SPLITS, register
from luthier.tools.files import write_json
from luthier.tools.workspace import Workspace

WEATHER = {
    "name": "weather",
    "description": "The weather of a place",
    "parameters": {
        "type": "object",
        "properties": {"place": {"type": "string", "description": "where"}},
        "required": ["place"],
    },
}
LIGHT = {
    "name": "light",
    "description": "Switches a light",
    "parameters": {
        "type": "object",
        "properties": {"room": {"type": "string"}, "level": {"type": "integer"}},
        "required": ["room"],
    },
}


def store(workspace: Workspace, rows: Sequence[Row], name: str = "Shop data") -> DatasetInfo:
    """The rows as a data set: the last two are the test, the two before the validation."""
    info = DatasetInfo(
        id=f"{len(rows):016x}",
        name=name,
        source_path="rows.jsonl",
        source_sha256="",
        mapping=Mapping(messages="messages"),
        task=Task(kind="text"),
        seed=13,
        fractions=(0.8, 0.1, 0.1),
        rows_in=len(rows),
        left_out=0,
        duplicates=0,
        train=len(rows) - 4,
        validation=2,
        test=2,
        created_at="2025-01-01T00:00:00+00:00",
    )
    folder = workspace.datasets / info.id
    folder.mkdir()
    parts: dict[SplitName, Sequence[Row]] = {
        "train": rows[:-4],
        "validation": rows[-4:-2],
        "test": rows[-2:],
    }
    for split in SPLITS:
        lines = "".join(f"{row.model_dump_json()}\n" for row in parts[split])
        (folder / f"{split}.jsonl").write_text(lines, encoding="utf-8")
    write_json(folder / INFO, info.model_dump(mode="json"))
    register(workspace, info)
    return info


def row(number: int, *messages: Message, **more: object) -> Row:
    """One row of the given turns; ``more`` are the row's further fields."""
    return Row.model_validate(
        {
            "id": f"{number:016x}",
            "messages": messages,
            "source": Lineage(file="rows.jsonl", line=number + 1),
            **more,
        }
    )


def user(text: str, tools: Sequence[dict[str, object]] = ()) -> Message:
    """A user's turn."""
    return Message(role="user", content=text, tools=tuple(tools))


def assistant(text: str, *calls: ToolCall, weight: float = 1.0) -> Message:
    """An assistant's turn."""
    return Message(role="assistant", content=text, tool_calls=calls, weight=weight)


def plain(count: int = 14) -> list[Row]:
    """Questions and answers, every second with a system turn and an earlier exchange."""
    rows = []
    for n in range(count):
        turns = [user(f"Where is order {n}?"), assistant(f"On its way: “{n}”\nUntil Friday.")]
        if n % 2:
            turns = [
                Message(role="system", content="Be brief."),
                user("Hello"),
                assistant("Hello, how can I help?"),
                *turns,
            ]
        rows.append(row(n, *turns))
    return rows


def with_tools(count: int = 12) -> list[Row]:
    """Calls with different arguments: two at once, none, and one after a thought."""
    rows = []
    for n in range(count):
        if n == 3:
            rows.append(row(n, user("Thanks!", [WEATHER]), assistant("You are welcome.")))
            continue
        light = ToolCall(name="light", arguments={"room": f"room {n}", "level": n})
        weather = ToolCall(name="weather", arguments={"place": "Oslo"})
        calls = [light, weather] if n == 4 else [light if n % 2 else weather]
        results = [Message(role="tool", content="done", name=call.name) for call in calls]
        question = user(f"Please do number {n}.", [WEATHER, LIGHT])
        thought = "<think>The light, then.</think>" if n == 5 else ""
        turns = (question, assistant(thought, *calls), *results, assistant(f"Done {n}."))
        rows.append(row(n, *turns))
    return rows


def pairs(count: int = 12) -> list[Row]:
    """A better and a worse answer each."""
    return [
        row(n, user(f"Say {n}."), assistant(f"{n}, with pleasure."), rejected=f"No {n}.")
        for n in range(count)
    ]


def judged(count: int = 12) -> list[Row]:
    """Answers marked as wanted or not, some of either."""
    return [
        row(n, user(f"Say {n}."), assistant(f"Number {n}."), label=n % 3 > 0) for n in range(count)
    ]
