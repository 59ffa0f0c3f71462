"""By hand: ``PYTHONPATH=tests .venv/bin/python -m fakes.provider --home FOLDER`` and chat against it.

It trains the starter model (or ``--model FOLDER``) with what is uploaded. The lines that it prints at
the start set the variables that Luthier reads.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from fakes.provider.server import Provider


def main() -> None:
    """Serve until Ctrl-C."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument(
        "--home", type=Path, help="folder for its trainings; without one they only follow a script"
    )
    reader.add_argument("--model", default="starter", help="'starter' or a model's folder")
    reader.add_argument("--port", type=int, default=8400)
    reader.add_argument("--learning-rate", type=float, default=5e-4)
    reader.add_argument("--epochs", type=int, default=3, help="where the client says auto")
    asked = reader.parse_args()
    provider = Provider(
        asked.home,
        asked.model,
        learning_rate=asked.learning_rate,
        auto_epochs=asked.epochs,
        port=asked.port,
    )
    with provider:
        azure = provider.azure
        lines = [
            f"export LUTHIER_API_KEY={provider.key}",
            f"# in the chat: train it at {provider.base_url} for training; or: use azure instead",
            f"# as Together: luthier hosted jobs --provider together --base-url {provider.together_url}",
            f"export AZURE_OPENAI_ENDPOINT={provider.url} AZURE_OPENAI_API_KEY={provider.key}",
            f"export AZURE_MANAGEMENT_TOKEN={provider.token} AZURE_MANAGEMENT_ENDPOINT={provider.url}",
            f"export AZURE_SUBSCRIPTION_ID={azure.subscription} AZURE_RESOURCE_GROUP={azure.group}",
        ]
        print("\n".join(lines), flush=True)  # noqa: T201
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
