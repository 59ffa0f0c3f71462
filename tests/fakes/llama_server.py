"""A real model behind a real server: llama.cpp from the package ``xllamacpp``, in a process of its own.

``python llama_server.py MODEL.gguf CONTEXT`` prints the address it listens on and serves until its input
is closed.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def llama_server(model: Path, context: int) -> Iterator[str]:
    """The base URL of a running server."""
    command = [sys.executable, __file__, str(model), str(context)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            address = next(line for line in process.stdout if line.startswith("http"))
            yield f"{address.strip()}/v1"
        finally:
            process.stdin.close()
            process.wait(timeout=30)


def serve(model: str, context: int) -> None:
    """Serve ``model`` until the end of stdin."""
    from xllamacpp import CommonParams, Server

    params = CommonParams()
    params.model.path = model
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = context
    params.n_parallel = 1
    params.cpuparams.n_threads = 2
    params.warmup = False
    server = Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
