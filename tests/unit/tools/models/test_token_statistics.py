"""Tokens of a data set: exactly by a model's own template, else an estimate that says so."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from fakes.stored_rows import plain, store

from luthier.tools.data.store import load_rows
from luthier.tools.errors import LuthierError
from luthier.tools.models.counters import counter_for
from luthier.tools.models.rendering import Renderer
from luthier.tools.models.token_statistics import token_statistics, token_views
from luthier.tools.workspace import Workspace


def test_a_model_counts_as_it_is_trained(workspace: Workspace, tiny_model: Path) -> None:
    info = store(workspace, plain(40))
    found = token_statistics(workspace, info.id, counter_for(workspace, str(tiny_model)))
    rows = load_rows(workspace, info.id, "train")
    rendered = Renderer(tiny_model).render_many([row.messages for row in rows])
    train = found.splits[0]
    assert found.exact
    assert train.rows == 36
    assert train.tokens == sum(one.length_before_cut for one in rendered)
    assert train.learned == sum(sum(one.trained) for one in rendered)
    longest = max(one.length_before_cut for one in rendered)
    assert train.lengths.high == longest
    assert rendered[train.longest_line - 1].length_before_cut == longest
    assert sum(bar.rows for bar in found.histogram) == 36


def test_a_tokenizer_without_a_template_is_an_estimate(
    workspace: Workspace, tiny_model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "bare"
    folder.mkdir()
    shutil.copy(tiny_model / "tokenizer.json", folder)
    info = store(workspace, plain())
    exact = token_statistics(workspace, info.id, counter_for(workspace, str(tiny_model)))
    found = token_statistics(workspace, info.id, counter_for(workspace, str(folder)))
    assert not found.exact
    assert "estimate" in found.how
    assert found.splits[0].tokens == pytest.approx(exact.splits[0].tokens, rel=0.5)
    table = token_views(found)[0]
    assert "≈" in json.dumps(table.model_dump(mode="json"), ensure_ascii=False)


@pytest.mark.parametrize("name", ["gpt-4o-mini", "ft:gpt-4.1:shop"])
def test_openai_is_estimated_where_its_tables_are_not_here(
    workspace: Workspace, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    info = store(workspace, plain())
    found = token_statistics(workspace, info.id, counter_for(workspace, name))
    assert not found.exact
    assert "estimate" in found.how
    assert 10 < found.splits[0].lengths.median < 60


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("no such thing", "model.no_tokenizer"),
        ("./nowhere", "model.no_tokenizer"),
        ("owner/name-xyz", "model.not_downloaded"),
    ],
)
def test_what_cannot_be_counted_is_refused(
    workspace: Workspace,
    model: str,
    code: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(LuthierError) as caught:
        counter_for(workspace, model)
    assert caught.value.code == code
    assert caught.value.remedy
