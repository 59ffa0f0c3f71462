"""The template that Ollama is given writes the very text that the model's own template writes."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from luthier.tools.data.model import Message
from luthier.tools.hosting.ollama import find_pieces
from luthier.tools.models.rendering import Renderer

TALK = [
    Message(role="system", content="Be brief."),
    Message(role="user", content="Hello\nthere"),
    Message(role="assistant", content="Hi"),
    Message(role="user", content="Bye"),
]


def with_template(model: Path, folder: Path, template: str) -> Renderer:
    copy = Path(shutil.copytree(model, folder / "model"))
    settings = json.loads((copy / "tokenizer_config.json").read_text())
    settings["chat_template"] = template
    (copy / "tokenizer_config.json").write_text(json.dumps(settings))
    return Renderer(copy)


@pytest.mark.parametrize("talk", [TALK, TALK[1:], TALK[:2], TALK[1:2]])
def test_every_form_of_conversation_is_the_same(tiny_model: Path, talk: list[Message]) -> None:
    renderer = Renderer(tiny_model)
    pieces = find_pieces(renderer)
    assert pieces is not None
    assert pieces.render(talk) == renderer.prompt_text(talk)
    literal = re.sub(r"\{\{.*?\}\}", "", pieces.template)
    assert literal == pieces.system + pieces.first + pieces.user + pieces.answer * 2


def test_a_template_that_is_not_made_of_pieces_is_left_to_ollama(
    tiny_model: Path, tmp_path: Path
) -> None:
    counting = "{% for m in messages %}{{ loop.index }} {{ m.content }}{% endfor %}"
    assert find_pieces(with_template(tiny_model, tmp_path, counting)) is None
