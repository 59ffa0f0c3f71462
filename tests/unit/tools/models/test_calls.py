"""Weights and calls of functions reach the tokens: rendered by the template, or written as text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes.tiny_model import write_tiny_model

from luthier.tools.data.model import Lineage, Message, Row, ToolCall
from luthier.tools.models.learning import learning_report
from luthier.tools.models.rendering import Renderer

TOOLS = ({"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}},)
OSLO = ToolCall(name="weather", arguments={"city": "Oslo"})
CALL = [
    Message(role="user", content="weather in Oslo?", tools=TOOLS),
    Message(role="assistant", content="", tool_calls=(OSLO,)),
    Message(role="tool", content="rain", name="weather"),
    Message(role="assistant", content="It rains."),
]  # fmt: skip
KNOWS_TOOLS = """{%- if tools %}{{- '<|im_start|>system\\n' }}{{- tools | tojson }}{{- '<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + (message.content or '') }}
{%- for call in message.tool_calls or [] %}
{{- '[CALL]' + call.function.name + (call.function.arguments | tojson) }}
{%- endfor %}{{- '<|im_end|>\\n' }}{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_tiny_model(tmp_path / "model")


def knowing(folder: Path) -> Path:
    path = folder / "tokenizer_config.json"
    settings = json.loads(path.read_text())
    settings["chat_template"] = KNOWS_TOOLS
    path.write_text(json.dumps(settings))
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    return folder


def learned(renderer: Renderer, messages: list[Message]) -> str:
    rendered = renderer.render(messages)
    pairs = zip(rendered.ids, rendered.trained, strict=True)
    return renderer.decode([token for token, trained in pairs if trained])


def test_a_turn_of_weight_0_is_read_and_not_learned(folder: Path) -> None:
    first = Message(role="assistant", content="wrong answer", weight=0)
    messages = [
        Message(role="user", content="one"), first,
        Message(role="user", content="two"), Message(role="assistant", content="good"),
    ]  # fmt: skip
    renderer = Renderer(folder)
    assert "wrong" not in learned(renderer, messages)
    assert "good" in learned(renderer, messages)
    assert "wrong answer" in renderer.text(messages)
    weighted = [messages[0], first.model_copy(update={"weight": 1.0}), *messages[2:]]
    assert "wrong answer" in learned(renderer, weighted)
    assert renderer.render(messages).ids == renderer.render(weighted).ids


def test_a_template_that_knows_functions_writes_them_itself(folder: Path) -> None:
    renderer = Renderer(knowing(folder))
    assert renderer.writes_calls
    text = renderer.text(CALL)
    assert '[CALL]weather{"city": "Oslo"}' in text
    assert "<tool_call>" not in text
    assert "[CALL]weather" in learned(renderer, CALL)


def test_another_gets_them_as_text_and_the_report_says_so(folder: Path) -> None:
    renderer = Renderer(folder)
    assert not renderer.writes_calls
    text = renderer.text(CALL)
    assert '<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n</tool_call>' in text
    assert "<tools>" in text
    assert "<tool_response>\nrain\n</tool_response>" in text
    assert '"name": "weather"' in learned(renderer, CALL)
    assert "It rains." in learned(renderer, CALL)
    row = Row(id="1" * 16, messages=tuple(CALL), source=Lineage(file="x", line=1))
    report = learning_report(renderer, [row], 512)
    assert "calls_as_text" in {problem.code for problem in report.warnings}
    plain = row.model_copy(update={"messages": (CALL[0].model_copy(update={"tools": ()}), CALL[3])})
    assert not learning_report(renderer, [plain], 512).warnings
