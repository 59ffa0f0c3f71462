"""A real BERT of one layer as sentence-transformers saves its encoders."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

LIBRARY = "sentence_transformers.models"


def write_tiny_encoder(
    folder: Path, tokenizer: Path, pooling: str = "mean_tokens", more: Sequence[str] = ()
) -> Path:
    """Write the encoder with the tokenizer of the model in ``tokenizer``, and ``more`` modules."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(7)
    known = json.loads((tokenizer / "config.json").read_text(encoding="utf-8"))
    config = BertConfig(
        vocab_size=known["vocab_size"],
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    BertModel(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy2(tokenizer / name, folder / name)
    kinds = ("Transformer", "Pooling", "Normalize", *more)
    modules = [
        {"idx": place, "name": str(place), "path": f"{place}_{kind}" if place else "",
         "type": f"{LIBRARY}.{kind}"}
        for place, kind in enumerate(kinds)
    ]  # fmt: skip
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    (folder / "1_Pooling").mkdir()
    modes = {"pooling_mode_mean_tokens": False, f"pooling_mode_{pooling}": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(modes), encoding="utf-8")
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 64}', encoding="utf-8")
    return folder
