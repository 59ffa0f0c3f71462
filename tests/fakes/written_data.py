"""Questions and answers written in every form that Luthier reads, so that how many there are is known."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import sqlite3
import zipfile
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow
import zstandard
from datasets import Dataset, DatasetDict
from fakes.workbooks import WORKBOOKS
from pyarrow import feather, parquet

Pairs = Sequence[tuple[str, str]]
Writer = Callable[[Path, Pairs], Path]
"""Writes the pairs to a new file or folder below the path, and returns it."""


def as_csv(folder: Path, pairs: Pairs, delimiter: str = ",", name: str = "rows.csv") -> Path:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("question", "answer"), *pairs])
    (folder / name).write_text(text.getvalue(), encoding="utf-8", newline="")
    return folder / name


def as_lines(folder: Path, rows: Sequence[Any], name: str = "rows.jsonl") -> Path:
    text = "\n".join(json.dumps(row) for row in rows)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def as_list(folder: Path, rows: Sequence[Any], name: str = "rows.json") -> Path:
    (folder / name).write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return folder / name


def table(pairs: Pairs) -> pyarrow.Table:
    return pyarrow.table({"question": [q for q, _ in pairs], "answer": [a for _, a in pairs]})


def _parquet(folder: Path, pairs: Pairs) -> Path:
    parquet.write_table(table(pairs), folder / "rows.parquet", row_group_size=3)
    return folder / "rows.parquet"


def _arrow(folder: Path, pairs: Pairs, *, stream: bool) -> Path:
    make = pyarrow.ipc.new_stream if stream else pyarrow.ipc.new_file
    written = table(pairs)
    with (
        pyarrow.OSFile(str(folder / "rows.arrow"), "wb") as out,
        make(out, written.schema) as writer,
    ):
        writer.write_table(written, max_chunksize=3)
    return folder / "rows.arrow"


def _feather(folder: Path, pairs: Pairs) -> Path:
    feather.write_feather(table(pairs), str(folder / "rows.feather"), compression="zstd")
    return folder / "rows.feather"


def _sqlite(folder: Path, pairs: Pairs) -> Path:
    with closing(sqlite3.connect(folder / "rows.db")) as database:
        database.execute("create table notes (text)")
        database.execute("insert into notes values ('no row of the data')")
        database.execute("create table faq (question text, answer text)")
        database.executemany("insert into faq values (?, ?)", [(q or None, a) for q, a in pairs])
        database.commit()
    return folder / "rows.db"


def _workbook(folder: Path, pairs: Pairs, suffix: str) -> Path:
    return WORKBOOKS[suffix](folder / f"rows{suffix}", [("question", "answer"), *pairs])


def _packed(folder: Path, pairs: Pairs, suffix: str) -> Path:
    content = as_csv(folder, pairs).read_bytes()
    (folder / "rows.csv").unlink()
    path = folder / f"rows.csv{suffix}"
    half = len(content) // 2  # as the programs' own lists of parts are: one after another
    path.write_bytes(COMPRESS[suffix](content[:half]) + COMPRESS[suffix](content[half:]))
    return path


def _zip(folder: Path, pairs: Pairs) -> Path:
    content = as_csv(folder, pairs).read_bytes()
    with zipfile.ZipFile(folder / "rows.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export/rows.csv", content)
    return folder / "rows.zip"


def _saved(folder: Path, pairs: Pairs) -> Path:
    rows = Dataset(table(pairs))
    rows.save_to_disk(str(folder / "saved"), num_shards=2)
    return folder / "saved"


def _saved_splits(folder: Path, pairs: Pairs) -> Path:
    sides = DatasetDict({"train": Dataset(table(pairs)), "test": Dataset(table(pairs[:2]))})
    sides.save_to_disk(str(folder / "saved"))
    return folder / "saved"


def _hub_folder(folder: Path, pairs: Pairs) -> Path:
    root = folder / "hub"
    (root / "data").mkdir(parents=True)
    half = len(pairs) // 2
    for number, part in enumerate((pairs[:half], pairs[half:])):
        parquet.write_table(table(part), root / "data" / f"train-0000{number}-of-00002.parquet")
    parquet.write_table(table(pairs[:2]), root / "data" / "test-00000-of-00001.parquet")
    (root / "README.md").write_text(
        "---\nlicense: mit\nconfigs:\n- config_name: default\n  data_files:\n"
        "  - split: train\n    path: data/train-*\n  - split: test\n    path: data/test-*\n---\n# Card\n"
    )
    return root


def _split_files(folder: Path, pairs: Pairs) -> Path:
    as_lines(folder, [{"question": q, "answer": a} for q, a in pairs], "train.jsonl")
    as_lines(folder, [{"question": q, "answer": a} for q, a in pairs[:2]], "test.jsonl")
    return folder


def _claude(folder: Path, pairs: Pairs) -> Path:
    rows = [
        {
            "uuid": f"chat-{number}",
            "name": "A chat",
            "chat_messages": [
                {"uuid": f"{number}-0", "sender": "human", "text": q, "attachments": []},
                {"uuid": f"{number}-1", "sender": "assistant", "text": a, "attachments": []},
            ],
        }
        for number, (q, a) in enumerate(pairs)
    ]
    return as_list(folder, rows, "conversations.json")


def _chatgpt(folder: Path, pairs: Pairs) -> Path:
    rows = []
    for number, (q, a) in enumerate(pairs):
        tree: dict[str, Any] = {"root": {"id": "root", "parent": None, "message": None}}
        for key, parent, role, text in (("ask", "root", "user", q), ("say", "ask", "assistant", a)):
            content = {"content_type": "text", "parts": [text]}
            message = {"author": {"role": role}, "content": content}
            tree[key] = {"id": key, "parent": parent, "children": [], "message": message}
        rows.append({"title": f"Chat {number}", "mapping": tree, "current_node": "say"})
    return as_list(folder, rows, "conversations.json")


def _turns(role: str, content: str, asker: str, answerer: str, q: str, a: str) -> list[Any]:
    return [{role: asker, content: q}, {role: answerer, content: a}]


def _rows(make: Callable[[str, str], dict[str, Any]]) -> Writer:
    return lambda folder, pairs: as_lines(folder, [make(q, a) for q, a in pairs])


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}  # fmt: skip
WRITERS: dict[str, Writer] = {
    "csv": as_csv,
    "tsv": lambda folder, pairs: as_csv(folder, pairs, "\t", "rows.tsv"),
    "csv with semicolons": lambda folder, pairs: as_csv(folder, pairs, ";"),
    "json list": lambda folder, pairs: as_list(
        folder, [{"question": q, "answer": a} for q, a in pairs]
    ),
    "json lines": _rows(lambda q, a: {"question": q, "answer": a}),
    "parquet": _parquet,
    "arrow file": lambda folder, pairs: _arrow(folder, pairs, stream=False),
    "arrow stream": lambda folder, pairs: _arrow(folder, pairs, stream=True),
    "feather": _feather,
    "sqlite": _sqlite,
    "zip": _zip,
    "saved to disk": _saved,
    "splits saved to disk": _saved_splits,
    "folder as on the Hub": _hub_folder,
    "folder of splits": _split_files,
    "claude": _claude,
    "chatgpt": _chatgpt,
    "alpaca": _rows(lambda q, a: {"instruction": q, "input": "", "output": a}),
    "sharegpt": _rows(
        lambda q, a: {"conversations": _turns("from", "value", "human", "gpt", q, a)}
    ),
    "openai": _rows(
        lambda q, a: {"messages": _turns("role", "content", "user", "assistant", q, a)}
    ),
    "prompt and completion": _rows(lambda q, a: {"prompt": q, "completion": a}),
    "preference": _rows(lambda q, a: {"prompt": q, "chosen": a, "rejected": "I will not say."}),
    "kto": _rows(lambda q, a: {"prompt": q, "completion": a, "label": True}),
    **{
        suffix: lambda folder, pairs, suffix=suffix: _workbook(folder, pairs, suffix)
        for suffix in WORKBOOKS
    },
    **{
        suffix: lambda folder, pairs, suffix=suffix: _packed(folder, pairs, suffix)
        for suffix in COMPRESS
    },
}
