"""The process that holds a GGUF file: llama.cpp's own server, from a prebuilt wheel.

Run with the llama.cpp packages on the path as ``python -m luthier.tools.hosting.llama_process``
``SETTINGS`` where SETTINGS is JSON: gguf, key_file, port, model, page, context, threads. One JSON line on
standard output says the address once the model is loaded. It ends when its standard input closes,
so it never outlives the program that started it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any


def _parameters(settings: dict[str, Any]) -> Any:
    import xllamacpp

    wanted = xllamacpp.CommonParams()
    wanted.model.path = settings["gguf"]
    wanted.model_alias = {settings["model"]}
    wanted.hostnames = ["127.0.0.1"]
    wanted.port = settings["port"]
    wanted.api_keys = [Path(settings["key_file"]).read_text(encoding="utf-8").strip()]
    wanted.n_ctx = settings["context"]
    wanted.n_parallel = 1
    wanted.cpuparams.n_threads = settings["threads"]
    wanted.cpuparams_batch.n_threads = settings["threads"]
    wanted.use_jinja = True
    if settings["page"]:
        wanted.public_path = settings["page"]
        wanted.ui = True
    return wanted


def main(arguments: list[str]) -> None:
    """Serve the file named in the settings until standard input closes."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    import xllamacpp

    server = xllamacpp.Server(_parameters(json.loads(arguments[0])))
    replies.write(json.dumps({"url": server.listening_address}) + "\n")
    replies.flush()
    sys.stdin.read()
    os._exit(0)  # requests under way would hold the server's own end back


if __name__ == "__main__":
    main(sys.argv[1:])
