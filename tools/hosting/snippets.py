"""How a program talks to a served model: curl, Python, JavaScript; the key comes from its file."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass

from luthier.tools.endpoints.keys import variable_for
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.hosting.model import Server

LANGUAGES = ("curl", "python", "javascript")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a model answers; its key is in ``key_file``, or else in the environment's ``variable``."""

    base_url: str
    model: str
    variable: str = "LUTHIER_KEY"
    key_file: str = ""


def address_of(server: Server) -> Address:
    """A server on this computer."""
    return Address(f"{server.url}/v1", server.model, key_file=server.key_file)


def address_elsewhere(model: EndpointModel) -> Address:
    """A model at a provider."""
    return Address(model.base_url, model.model, variable_for(model))


def snippets(server: Address, question: str = "Hello", system: str = "") -> dict[str, str]:
    """One program per language that asks ``question`` and prints the answer.

    The key itself is in none of them: each reads it from the environment, or from the file where
    Luthier keeps it.
    """
    messages = [{"role": "system", "content": system}] if system else []
    messages.append({"role": "user", "content": question})
    return {
        "curl": _curl(server, messages),
        "python": _python(server, messages),
        "javascript": _javascript(server, messages),
    }


def _curl(server: Address, messages: list[dict[str, str]]) -> str:
    body = json.dumps({"model": server.model, "messages": messages, "temperature": 0})
    key = f"$(cat {shlex.quote(server.key_file)})" if server.key_file else f"${server.variable}"
    return (
        f"curl --silent {server.base_url}/chat/completions \\\n"
        f'  --header "Authorization: Bearer {key}" \\\n'
        '  --header "Content-Type: application/json" \\\n'
        f"  --data {shlex.quote(body)}\n"
    )


def _python(server: Address, messages: list[dict[str, str]]) -> str:
    path = "from pathlib import Path\n" if server.key_file else ""
    key = f"os.environ[{server.variable!r}]"
    if server.key_file:
        key = f'os.environ.get("{server.variable}") or Path({server.key_file!r}).read_text()'
    return (
        "# pip install openai\n"
        "import os\n"
        f"{path}"
        "\n"
        "from openai import OpenAI\n"
        "\n"
        f"key = {key}\n"
        f'client = OpenAI(base_url="{server.base_url}", api_key=key.strip())\n'
        "answer = client.chat.completions.create(\n"
        f"    model={server.model!r},\n"
        f"    messages={messages!r},\n"
        "    temperature=0,\n"
        ")\n"
        "print(answer.choices[0].message.content)\n"
    )


def _javascript(server: Address, messages: list[dict[str, str]]) -> str:
    body = json.dumps({"model": server.model, "messages": messages, "temperature": 0})
    opening = f"const key = process.env.{server.variable};\n"
    if server.key_file:
        opening = (
            'import { readFileSync } from "node:fs";\n'
            "\n"
            f"const file = {json.dumps(server.key_file)};\n"
            f'const key = (process.env.{server.variable} ?? readFileSync(file, "utf8")).trim();\n'
        )
    return (
        "// node ask.mjs (Node.js 18 or newer; nothing to install)\n"
        f"{opening}"
        f'const response = await fetch("{server.base_url}/chat/completions", {{\n'
        '  method: "POST",\n'
        '  headers: { "Content-Type": "application/json", Authorization: `Bearer ${key}` },\n'
        f"  body: JSON.stringify({body}),\n"
        "});\n"
        "if (!response.ok) throw new Error(await response.text());\n"
        "console.log((await response.json()).choices[0].message.content);\n"
    )
