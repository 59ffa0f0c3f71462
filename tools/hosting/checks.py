"""What an export's files must pass before a single prompt is put to it. For worker processes only.

Each check returns the problems it found, in plain words; none means that it passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from luthier.tools.files import read_json
from luthier.tools.language import _
from luthier.tools.models.rendering import Renderer
from luthier.tools.models.tuned_folder import is_whole_model


def tuned_problems(tuned: Path, base: Path) -> list[str]:
    """What a training left behind, an adapter or a whole model, with broken or untrained weights."""
    return whole_model_problems(tuned, base) if is_whole_model(tuned) else adapter_problems(tuned)


def adapter_problems(adapter: Path) -> list[str]:
    """An adapter with broken numbers, or one that was never trained."""
    largest = 0.0
    for name, tensor in _tensors(adapter):
        if not bool(tensor.isfinite().all()):
            return [_not_finite(name)]
        if ".lora_B." in name:
            largest = max(largest, float(tensor.abs().max()))
    if largest == 0.0:
        return [
            _(
                "The adapter was not trained: all its weights that count are zero, so the result "
                "would be the base model under another name."
            )
        ]
    return []


def whole_model_problems(model: Path, base: Path) -> list[str]:
    """A model of which every weight was to be trained: broken numbers, or the base model's weights."""
    untrained = _(
        "The model was not trained: its weights are the base model's, so the result would be that "
        "model under another name."
    )
    return _changed_weights(model, base, untrained)


def weight_problems(folder: Path, base: Path) -> list[str]:
    """Merged weights with broken numbers, or equal to the base model's."""
    unchanged = _(
        "The merged weights are the base model's: the adapter was not added, or does nothing."
    )
    return _changed_weights(folder, base, unchanged)


def _changed_weights(folder: Path, base: Path, unchanged: str) -> list[str]:
    originals: dict[str, Any] = dict(_tensors(base))
    changed = False
    for name, tensor in _tensors(folder):
        if not bool(tensor.isfinite().all()):
            return [_not_finite(name)]
        original = originals.get(name)
        changed = changed or original is None or not _equal(tensor, original)
    return [] if changed else [unchanged]


def template_problems(folder: Path, base: Path) -> list[str]:
    """Another chat template than the base model's, which training used."""
    if template_text(folder) == template_text(base):
        return []
    return [_("Its chat template is not the one that the model was trained with.")]


def file_problems(folder: Path, base: Path) -> list[str]:
    """A model folder with another chat template or other stop tokens than the base model's."""
    problems = template_problems(folder, base)
    found, expected = _stop_settings(folder), _stop_settings(base)
    if found != expected:
        problems.append(
            _(
                "Its stop tokens are {found}, the model was trained to stop with {expected}.",
                found=found,
                expected=expected,
            )
        )
    return problems


def gguf_problems(metadata: dict[str, Any], base: Path) -> list[str]:
    """A GGUF file whose template or end token differs; ``metadata`` as the file holds it."""
    problems = []
    if metadata.get("tokenizer.chat_template") != template_text(base):
        problems.append(
            _("The chat template in the file is not the one that the model was trained with.")
        )
    end = metadata.get("tokenizer.ggml.eos_token_id")
    expected = Renderer(base).end_ids
    if end not in expected:
        problems.append(
            _(
                "The stop token in the file is {found}, the model was trained to stop with "
                "{expected}.",
                found=end,
                expected=_numbers(expected),
            )
        )
    return problems


def template_text(folder: Path) -> str:
    """The chat template of a model folder as it is written there."""
    path = folder / "chat_template.jinja"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    source = (read_json(folder / "tokenizer_config.json") or {}).get("chat_template") or ""
    if isinstance(source, list):
        named = {entry["name"]: entry["template"] for entry in source}
        source = named.get("default", "")
    return str(source)


def _stop_settings(folder: Path) -> str:
    """What the files say of the stop tokens, for programs that read each of them."""
    tokenizer = (read_json(folder / "tokenizer_config.json") or {}).get("eos_token", "")
    text = tokenizer.get("content", "") if isinstance(tokenizer, dict) else tokenizer
    ids = set()
    for name in ("generation_config.json", "config.json"):
        value = (read_json(folder / name) or {}).get("eos_token_id")
        ids |= set(value) if isinstance(value, list) else {value}
    numbers = frozenset(number for number in ids if isinstance(number, int))
    return f"{text or '-'} ({_numbers(numbers)})"


def _tensors(folder: Path) -> Iterator[tuple[str, Any]]:
    from safetensors import safe_open

    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118  the reader is no dictionary
                yield name, file.get_tensor(name)


def _equal(one: Any, other: Any) -> bool:
    return bool(one.shape == other.shape and (one.to(other.dtype) == other).all())


def _not_finite(name: str) -> str:
    return _(
        "The weights of {name} are not all finite numbers: the model is broken and would write "
        "nonsense.",
        name=name,
    )


def _numbers(ids: frozenset[int]) -> str:
    return ", ".join(str(number) for number in sorted(ids)) or "-"
