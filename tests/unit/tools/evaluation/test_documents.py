"""The user's own documents as the place to look things up: read, found, cached, and never a leak."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from luthier.tools.data.model import DatasetInfo
from luthier.tools.data.store import load_rows
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.arms.examples import question
from luthier.tools.evaluation.arms.library import Library
from luthier.tools.evaluation.arms.passages import Passage, documents_as_passages
from luthier.tools.evaluation.arms.retrieval import DOCUMENTS_INSTRUCTION, Librarian, Lookup
from luthier.tools.workspace import Workspace
from tests.unit.tools.evaluation.test_few_shot import make_bench


@pytest.fixture
def handbook(tmp_path: Path) -> Path:
    """A folder with two documents."""
    folder = tmp_path / "handbook"
    folder.mkdir()
    (folder / "returns.md").write_text(
        "# Returns\n\nA lamp that came broken is paid back within two weeks.\n\n"
        "## Carpets\n\nCarpets are fetched from your door.\n"
    )
    (folder / "delivery.txt").write_text("Parcels take three days. Sofas take two weeks.\n")
    return folder


def test_documents_become_passages_under_their_headings(handbook: Path) -> None:
    shown = [one.shown for one in documents_as_passages(handbook, ()).passages]
    assert "Parcels take three days. Sofas take two weeks." in shown
    assert any(one.endswith("Carpets\nCarpets are fetched from your door.") for one in shown)


def test_a_passage_that_holds_a_held_out_row_with_its_answer_is_left_out(
    workspace: Workspace, dataset: DatasetInfo, handbook: Path
) -> None:
    secret = load_rows(workspace, dataset.id, "test")[0]
    known = load_rows(workspace, dataset.id, "train")[0]
    (handbook / "tickets.md").write_text(
        f"# Old\n\n{question(secret)}\n{secret.completion}\n\n# Known\n\n"
        f"{question(known)}\n{known.completion}\n"
    )
    found = documents_as_passages(handbook, load_rows(workspace, dataset.id, "test"))
    assert found.left_out == 1
    assert any(question(known) in one.shown for one in found.passages)
    assert not any(question(secret) in one.shown for one in found.passages)


def test_a_place_without_text_is_refused_in_words(
    workspace: Workspace, dataset: DatasetInfo, tmp_path: Path
) -> None:
    secret = load_rows(workspace, dataset.id, "test")[0]
    page = tmp_path / "only.txt"
    page.write_text(f"{question(secret)}\n{secret.completion}\n")
    with pytest.raises(LuthierError) as caught:
        documents_as_passages(page, [secret])
    assert caught.value.code == "evaluation.no_passages"


def test_vectors_are_made_once_and_found_again_by_content(tmp_path: Path) -> None:
    asked: list[int] = []

    def embed(texts: object) -> np.ndarray:
        texts = list(texts)  # type: ignore[call-overload]
        asked.append(len(texts))
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)

    passages = [Passage(word, word) for word in ("a", "bbbb", "cccccccc")]
    for _attempt in range(2):
        found = Library(passages, embed, "model", tmp_path).by_meaning("dddddddd", 1)
        assert [one.shown for one in found] == ["cccccccc"]
    assert asked == [3, 1, 1], "the passages were read by the model once"
    Library(passages[:2], embed, "model", tmp_path).by_meaning("d", 1)
    assert asked[-2:] == [2, 1], "other passages, other vectors"


@pytest.mark.training
@pytest.mark.parametrize("by", ["words", "meaning"])
def test_the_fitting_passage_stands_above_the_request(
    workspace: Workspace,
    dataset: DatasetInfo,
    tiny_model: Path,
    tmp_path: Path,
    handbook: Path,
    by: str,
) -> None:
    bench = make_bench(workspace, dataset, tiny_model, tmp_path)
    bench.plan = bench.plan.model_copy(update={"documents": str(handbook)})
    asked = load_rows(workspace, dataset.id, "train")[5]
    lookup = Lookup.model_validate({"by": by, "number": 2})
    librarian = Librarian(bench)
    prompt = librarian.build(lookup, asked)
    assert prompt[0].content.startswith(DOCUMENTS_INSTRUCTION)
    assert sum(one.shown in prompt[0].content for one in librarian.collection.passages) == 2
    assert "2 passages of “handbook”" in lookup.in_words(librarian.documents)
