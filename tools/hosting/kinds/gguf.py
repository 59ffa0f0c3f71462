"""GGUF files for llama.cpp and everything built on it: converted and quantised by its own code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from luthier.tools.data.model import Message
from luthier.tools.hosting.backends import Weights
from luthier.tools.hosting.checks import file_problems, gguf_problems, weight_problems
from luthier.tools.hosting.kinds.asking import LONGEST_CONTEXT, ask_served
from luthier.tools.hosting.kinds.base import Build, Built, Kind
from luthier.tools.hosting.kinds.merged import doing, merge_into
from luthier.tools.hosting.llama_cpp import need_toolkit, run_tool
from luthier.tools.hosting.parity import Answers
from luthier.tools.language import _

FORMATS = {
    "F16": 1,
    "BF16": 32,
    "Q8_0": 7,
    "Q6_K": 18,
    "Q5_K_M": 17,
    "Q5_K_S": 16,
    "Q4_K_M": 15,
    "Q4_K_S": 14,
    "IQ4_NL": 25,
    "IQ4_XS": 30,
    "Q4_0": 2,
    "Q3_K_L": 13,
    "Q3_K_M": 12,
    "Q3_K_S": 11,
    "Q2_K": 10,
}
"""Number formats and their numbers in llama.cpp's ``llama_ftype`` (include/llama.h)."""
SMALL, LARGE = 1_000_000_000, 3_000_000_000


def default_format(parameters: int) -> str:
    """Small models lose the most by coarse numbers: 8 bits below 1 B, 4 bits from 3 B.

    Measured on 135 M parameters, where Q4_K_M does visible harm; parity decides in any case.
    """
    if parameters < SMALL:
        return "Q8_0"
    return "Q6_K" if parameters < LARGE else "Q4_K_M"


def _make(build: Build) -> Built:
    toolkit = need_toolkit(build.workspace)
    merged, base = _merged(build), build.tuned.reference.folder
    problems = [*weight_problems(merged, base), *file_problems(merged, base)]
    if problems:
        return Built(build.folder, build.precision, tuple(problems))
    full = build.scratch / "model-f16.gguf"
    if not full.exists():
        build.say(_("Converting to GGUF"), 0, 0)
        part = full.with_suffix(".part")
        converter = [str(toolkit / "convert_hf_to_gguf.py"), str(merged)]
        run_tool(
            build.workspace,
            [*converter, "--outfile", str(part), "--outtype", "f16"],
            build.log,
            _("The model could not be converted to GGUF."),
        )
        part.rename(full)
    target = build.folder / f"{build.tuned.name}-{build.precision}.gguf"
    _quantise(build, full, target)
    return Built(target, build.precision, tuple(gguf_problems(read_metadata(target), base)))


def _merged(build: Build) -> Path:
    """The merged model of this job, made once for all its formats."""
    folder = build.scratch / "merged"
    if not folder.exists():
        build.say(doing(build.tuned), 0, 0)
        part = folder.with_suffix(".part")
        merge_into(build.tuned, part)
        part.rename(folder)
    return folder


def _quantise(build: Build, full: Path, target: Path) -> None:
    if build.precision == "F16":
        target.hardlink_to(full)
        return
    build.say(_("Quantising to {format}", format=build.precision), 0, 0)
    threads = str(psutil.cpu_count(logical=False) or 1)
    run_tool(
        build.workspace,
        [
            "-m",
            "luthier.tools.hosting.quantize_process",
            str(full),
            str(target),
            str(FORMATS[build.precision]),
            threads,
        ],
        build.log,
        _("The model could not be quantised to {format}.", format=build.precision),
    )


def read_metadata(path: Path) -> dict[str, Any]:
    """What a GGUF file says of its template and its special tokens."""
    from gguf import GGUFReader

    reader = GGUFReader(path)
    wanted = (
        "general.architecture",
        "tokenizer.chat_template",
        "tokenizer.ggml.eos_token_id",
        "tokenizer.ggml.bos_token_id",
        "tokenizer.ggml.add_bos_token",
    )
    fields = {name: reader.get_field(name) for name in wanted}
    return {name: field.contents() for name, field in fields.items() if field is not None}


def gguf_weights(path: Path, name: str, context_length: int) -> Weights:
    """The file as something to serve."""
    return Weights(name=name, context=min(context_length, LONGEST_CONTEXT), gguf=path)


def _ask(build: Build, built: Built, prompts: Sequence[Sequence[Message]]) -> Answers:
    weights = gguf_weights(built.path, build.tuned.name, build.tuned.reference.context_length)
    return ask_served(build, prompts, weights)


GGUF = Kind(name="gguf", make=_make, ask=_ask, precisions=tuple(FORMATS), needs_llama_cpp=True)
