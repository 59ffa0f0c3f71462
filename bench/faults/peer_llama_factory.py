"""What LLaMA-Factory does with each file while it prepares it; run by a Python that has it.

``python peer_llama_factory.py MODEL FOLDER FILE...`` prints one JSON object, as ``peer_trl`` does. Every
file is registered in a dataset_info.json with OpenAI's tags, as its README asks for.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "system_tag": "system",
}


def main() -> None:
    """Register and prepare every file."""
    model, folder, files = sys.argv[1], Path(sys.argv[2]), [Path(name) for name in sys.argv[3:]]
    entries = {
        path.stem: {
            "file_name": path.name,
            "formatting": "sharegpt",
            "columns": {"messages": "messages"},
            "tags": TAGS,
        }
        for path in files
    }
    (folder / "dataset_info.json").write_text(json.dumps(entries), encoding="utf-8")
    print("FOUND" + json.dumps({str(path): prepared(model, folder, path.stem) for path in files}))


def chain(error: BaseException | None) -> str:
    """The error with its causes, as a traceback would show them."""
    words = []
    while error is not None:
        words.append(f"{type(error).__name__}: {error}"[:300])
        error = error.__cause__ or error.__context__
    return "; ".join(dict.fromkeys(words))


def prepared(model: str, folder: Path, name: str) -> dict[str, Any]:
    """Build the training rows of one registered file."""
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import get_train_args
    from transformers import AutoTokenizer

    words: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: words.append(record.getMessage())  # type: ignore[method-assign]
    handler.setLevel(logging.WARNING)
    root = logging.getLogger("llamafactory")
    for logger in (root, logging.getLogger()):
        logger.addHandler(handler)
    arguments = {
        "stage": "sft", "do_train": True, "model_name_or_path": model, "template": "qwen",
        "dataset": name, "dataset_dir": str(folder), "output_dir": str(folder / "out"),
        "cutoff_len": 512, "finetuning_type": "lora", "overwrite_cache": True, "use_cpu": True,
        "bf16": False, "report_to": "none",
    }  # fmt: skip
    try:
        model_args, data_args, training_args, _finetuning, _generating = get_train_args(arguments)
        tokenizer = AutoTokenizer.from_pretrained(model)
        template = get_template_and_fix_tokenizer(tokenizer, data_args)
        module = get_dataset(
            template, model_args, data_args, training_args, stage="sft", tokenizer=tokenizer
        )
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever stops it is the result
        return {"outcome": "stops", "words": chain(error)}
    finally:
        for logger in (root, logging.getLogger()):
            logger.removeHandler(handler)
    rows = len(module["train_dataset"])
    return {"outcome": "takes", "words": sorted(set(words)), "rows": rows}


if __name__ == "__main__":
    main()
