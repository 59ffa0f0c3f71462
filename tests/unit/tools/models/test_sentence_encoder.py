"""The user's own sentence encoder: its vectors, and what is refused before anything is loaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fakes.tiny_encoder import write_tiny_encoder

from luthier.tools.errors import LuthierError
from luthier.tools.models.sentence_encoder import SentenceEncoder, read_encoder

TEXTS = ["a lamp", "the parcel with the carpet has not come yet, where is it now " * 9, ""]


@pytest.mark.training
@pytest.mark.parametrize("pooling", ["mean_tokens", "cls_token"])
def test_its_vectors_are_those_of_transformers_pooled_as_the_folder_says(
    tmp_path: Path, tiny_model: Path, pooling: str
) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = write_tiny_encoder(tmp_path / "words", tiny_model, pooling)
    encoder = read_encoder(folder)
    vectors = SentenceEncoder(encoder).embed(TEXTS)
    assert vectors.shape == (3, 32)
    for text, vector in zip(TEXTS[:2], vectors, strict=False):
        ids = AutoTokenizer.from_pretrained(folder)(
            text, truncation=True, max_length=64, return_tensors="pt"
        )
        with torch.no_grad():
            states = AutoModel.from_pretrained(folder)(**ids).last_hidden_state[0]
        wanted = (states[0] if pooling == "cls_token" else states.mean(0)).numpy()
        assert vector == pytest.approx(wanted / np.linalg.norm(wanted), abs=1e-5)


def test_another_encoder_is_another_source(tmp_path: Path, tiny_model: Path) -> None:
    mean, first = (
        read_encoder(write_tiny_encoder(tmp_path / name, tiny_model, name))
        for name in ("mean_tokens", "cls_token")
    )
    assert mean.source != first.source
    assert mean.source == read_encoder(mean.folder).source


def test_what_it_cannot_do_is_refused_in_words(tmp_path: Path, tiny_model: Path) -> None:
    dense = write_tiny_encoder(tmp_path / "dense", tiny_model, more=("Dense",))
    most = write_tiny_encoder(tmp_path / "max", tiny_model, "max_tokens")
    for folder, part in ((dense, "Dense"), (most, "max_tokens")):
        with pytest.raises(LuthierError) as caught:
            read_encoder(folder)
        assert caught.value.code == "encoder.unknown"
        assert part in caught.value.why
    (tmp_path / "empty").mkdir()
    with pytest.raises(LuthierError) as caught:
        read_encoder(tmp_path / "empty")
    assert caught.value.code == "encoder.none"
    (dense / "modules.json").write_text("{")
    with pytest.raises(LuthierError) as caught:
        read_encoder(dense)
    assert caught.value.code == "encoder.damaged"
