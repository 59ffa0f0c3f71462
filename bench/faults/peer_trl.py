"""What TRL's SFTTrainer does with each file while it prepares it; run as a process of its own.

``python peer_trl.py MODEL FILE...`` prints one JSON object: by file, whether it stops, warns or takes
the file in silence, what it said, and how many rows it kept.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import sys
import warnings
from pathlib import Path
from typing import Any


def main() -> None:
    """Prepare every file."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model, files = sys.argv[1], sys.argv[2:]
    tokenizer = AutoTokenizer.from_pretrained(model)
    weights = AutoModelForCausalLM.from_pretrained(model)
    found = {name: prepared(Path(name), weights, tokenizer) for name in files}
    print("FOUND" + json.dumps(found))


def chain(error: BaseException | None) -> str:
    """The error with its causes, as a traceback would show them."""
    words = []
    while error is not None:
        words.append(f"{type(error).__name__}: {error}"[:300])
        error = error.__cause__ or error.__context__
    return "; ".join(dict.fromkeys(words))


def prepared(path: Path, weights: Any, tokenizer: Any) -> dict[str, Any]:
    """Load the file as TRL's own scripts do, and build the trainer."""
    from datasets import load_dataset
    from trl import SFTConfig, SFTTrainer

    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setLevel(logging.WARNING)
    logging.getLogger().addHandler(handler)
    try:
        with (
            warnings.catch_warnings(record=True) as caught,
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("always")
            data = load_dataset(
                "json", data_files=str(path), split="train", cache_dir=f"{path}.cache"
            )
            config = SFTConfig(
                output_dir=f"{path}.out", max_length=512, use_cpu=True, bf16=False, report_to="none"
            )
            trainer = SFTTrainer(
                model=weights, args=config, train_dataset=data, processing_class=tokenizer
            )
            words = [str(each.message) for each in caught if each.category is UserWarning]
            rows = len(trainer.train_dataset)
    except Exception as error:  # noqa: BLE001 - whatever stops it is the result
        return {"outcome": "stops", "words": chain(error)}
    finally:
        logging.getLogger().removeHandler(handler)
    words += said.getvalue().splitlines()
    return {"outcome": "takes", "words": sorted(set(words)), "rows": rows}


if __name__ == "__main__":
    main()
