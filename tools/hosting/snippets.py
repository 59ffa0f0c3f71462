"""How a program talks to a served model: curl, Python, JavaScript; the key comes from its file."""

from __future__ import annotations

import json
import shlex

from luthier.tools.hosting.model import Server

LANGUAGES = ("curl", "python", "javascript")


def snippets(server: Server, question: str = "Hello", system: str = "") -> dict[str, str]:
    """One program per language that asks ``question`` and prints the answer.

    The key itself is in none of them: each reads it from the environment variable LUTHIER_KEY, or
    from the file where Luthier keeps it.
    """
    messages = [{"role": "system", "content": system}] if system else []
    messages.append({"role": "user", "content": question})
    return {
        "curl": _curl(server, messages),
        "python": _python(server, messages),
        "javascript": _javascript(server, messages),
    }


def _curl(server: Server, messages: list[dict[str, str]]) -> str:
    body = json.dumps({"model": server.model, "messages": messages, "temperature": 0})
    return (
        f"curl --silent {server.url}/v1/chat/completions \\\n"
        f'  --header "Authorization: Bearer $(cat {shlex.quote(server.key_file)})" \\\n'
        '  --header "Content-Type: application/json" \\\n'
        f"  --data {shlex.quote(body)}\n"
    )


def _python(server: Server, messages: list[dict[str, str]]) -> str:
    return (
        "# pip install openai\n"
        "import os\n"
        "from pathlib import Path\n"
        "\n"
        "from openai import OpenAI\n"
        "\n"
        f'key = os.environ.get("LUTHIER_KEY") or Path({server.key_file!r}).read_text()\n'
        f'client = OpenAI(base_url="{server.url}/v1", api_key=key.strip())\n'
        "answer = client.chat.completions.create(\n"
        f"    model={server.model!r},\n"
        f"    messages={messages!r},\n"
        "    temperature=0,\n"
        ")\n"
        "print(answer.choices[0].message.content)\n"
    )


def _javascript(server: Server, messages: list[dict[str, str]]) -> str:
    body = json.dumps({"model": server.model, "messages": messages, "temperature": 0})
    return (
        "// node ask.mjs (Node.js 18 or newer; nothing to install)\n"
        'import { readFileSync } from "node:fs";\n'
        "\n"
        f"const file = {json.dumps(server.key_file)};\n"
        'const key = (process.env.LUTHIER_KEY ?? readFileSync(file, "utf8")).trim();\n'
        f'const response = await fetch("{server.url}/v1/chat/completions", {{\n'
        '  method: "POST",\n'
        '  headers: { "Content-Type": "application/json", Authorization: `Bearer ${key}` },\n'
        f"  body: JSON.stringify({body}),\n"
        "});\n"
        "if (!response.ok) throw new Error(await response.text());\n"
        "console.log((await response.json()).choices[0].message.content);\n"
    )
