"""What goes wrong with a model folder on its way out, each as trainers and converters really leave it."""

from __future__ import annotations

from pathlib import Path

from luthier.tools.files import read_json, write_json


def write_another_template(folder: Path) -> None:
    """As a trainer leaves it that saves its own template."""
    path = folder / "chat_template.jinja"
    if path.is_file():
        path.write_text(damaged(path.read_text(encoding="utf-8")), encoding="utf-8")
        return
    settings = read_json(folder / "tokenizer_config.json")
    settings["chat_template"] = damaged(settings["chat_template"])
    write_json(folder / "tokenizer_config.json", settings)


def damaged(template: str) -> str:
    """A template that calls the model by another name."""
    return template.replace("<|im_start|>assistant", "BOT:")


def write_another_stop_token(folder: Path) -> None:
    """As a configuration leaves it that was made of defaults."""
    config = read_json(folder / "config.json")
    write_json(folder / "config.json", {**config, "eos_token_id": 3})
    (folder / "generation_config.json").unlink(missing_ok=True)


def write_no_numbers(folder: Path) -> None:
    """As a training in half precision leaves it that ran away."""
    from safetensors.torch import load_file, save_file

    path = next(folder.glob("*.safetensors"))
    weights = load_file(path)
    weights["model.norm.weight"][0] = float("nan")
    save_file(weights, path, metadata={"format": "pt"})
