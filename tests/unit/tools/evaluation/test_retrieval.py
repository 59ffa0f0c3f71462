"""Passages before the request: found by words or meaning, chosen on validation, both models."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes.tiny_encoder import write_tiny_encoder

from luthier.tools.data.model import DatasetInfo, Message
from luthier.tools.data.store import load_rows
from luthier.tools.evaluation import worker
from luthier.tools.evaluation.arms.arm import Arm, Bench
from luthier.tools.evaluation.arms.examples import question
from luthier.tools.evaluation.arms.retrieval import (
    INSTRUCTION,
    RETRIEVAL,
    TUNED_RETRIEVAL,
    Librarian,
    Lookup,
)
from luthier.tools.evaluation.cache import Reply
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.models.embedding import embed
from luthier.tools.models.loading import load_base
from luthier.tools.models.reference import resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.training.tuned_model import TunedModel
from luthier.tools.workspace import Workspace
from tests.unit.tools.evaluation.test_few_shot import make_bench
from tests.unit.tools.evaluation.test_worker import (
    EVALUATION,
    MakeContext,
    finish,
    plan_for,
    write_adapter,
)

pytestmark = pytest.mark.training


def test_texts_become_unit_vectors_that_padding_does_not_change(
    workspace: Workspace, tiny_model: Path
) -> None:
    reference = resolve_model(workspace, str(tiny_model))
    model, _ = load_base(reference, dtype="float32")
    renderer = Renderer(Path(reference.folder))
    texts = ["a lamp", "the parcel with the carpet has not come yet, where is it now", ""]
    vectors = embed(model, renderer, texts)
    assert vectors.shape == (3, reference.hidden_size)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert vectors[0] == pytest.approx(embed(model, renderer, ["a lamp"])[0], abs=1e-5)


def test_meaning_goes_by_the_users_own_encoder_where_one_is_named(
    workspace: Workspace, dataset: DatasetInfo, tiny_model: Path, tmp_path: Path
) -> None:
    bench = make_bench(workspace, dataset, tiny_model, tmp_path)
    plain = bench.embedding_source
    folder = write_tiny_encoder(tmp_path / "words", tiny_model)
    bench.plan = bench.plan.model_copy(update={"encoder": str(folder), "measures": ("meaning",)})
    assert bench.embed(["a lamp"]).shape == (1, 32), "not the base model's size"
    assert bench.embedding_source != plain, "its vectors are kept apart"
    asked = load_rows(workspace, dataset.id, "train")[5]
    lookup = Lookup(by="meaning", number=2)
    shown = Librarian(bench).build(lookup, asked)[0].content
    assert shown.endswith(f"Message: {question(asked)}\nAnswer: {asked.completion}")
    assert "the sentence encoder “words”" in lookup.in_words(encoder=folder.name)
    assert "“words”" in bench.ruler.notes["meaning"]
    assert bench.ruler.score([asked], [asked.completion])[0]["meaning"] == pytest.approx(1.0)


@pytest.mark.parametrize("by", ["words", "meaning"])
def test_the_row_itself_is_its_own_best_passage(
    workspace: Workspace, dataset: DatasetInfo, tiny_model: Path, tmp_path: Path, by: str
) -> None:
    bench = make_bench(workspace, dataset, tiny_model, tmp_path)
    asked = load_rows(workspace, dataset.id, "train")[5]
    prompt = Librarian(bench).build(Lookup.model_validate({"by": by, "number": 2}), asked)
    system = prompt[0].content
    assert system.startswith(INSTRUCTION)
    assert system.endswith(f"Message: {question(asked)}\nAnswer: {asked.completion}")
    assert prompt[-1] == asked.prompt[-1]


class AskedBench(Bench):
    """A bench whose base model is right where it is shown ``helps`` passages."""

    helps: int
    right: dict[str, str]
    asked: list[str]

    def ask(self, prompts: Sequence[Sequence[Message]], **_options: Any) -> list[Reply]:
        self.asked += [prompt[-1].content for prompt in prompts]
        texts = [
            self.right[prompt[-1].content]
            if prompt[0].content.count("\nAnswer: ") == self.helps
            else "?"
            for prompt in prompts
        ]
        return [Reply(text, True, 1, 1, 0) for text in texts]


@pytest.mark.parametrize(("arm", "helps"), [(RETRIEVAL, 6), (TUNED_RETRIEVAL, 3)])
def test_how_much_is_looked_up_is_chosen_on_validation_and_never_on_the_test(
    workspace: Workspace,
    dataset: DatasetInfo,
    tiny_model: Path,
    tmp_path: Path,
    arm: Arm,
    helps: int,
) -> None:
    plain = make_bench(workspace, dataset, tiny_model, tmp_path)
    tuned = TunedModel(adapter=tmp_path)
    parts = (plain.workspace, plain.dataset, plain.reference, plain.renderer, plain.plan)
    bench = AskedBench(*parts, plain.folder, tuned)
    bench.helps, bench.asked = helps, []
    bench.right = {question(row): row.completion for row in bench.rows("validation")}
    found = arm.prepare(bench)
    assert Lookup.model_validate_json(found.detail["lookup"]).number == helps
    assert set(bench.asked) == set(bench.right), "validation rows, and no others"
    learned = {question(row) for row in bench.rows("train")}
    for row in bench.rows("test"):
        prompt = found.build(row)
        assert prompt[0].content.count("\nAnswer: ") == helps
        shown = {part.split("\nAnswer: ")[0] for part in prompt[0].content.split("Message: ")[1:]}
        assert shown <= learned


def test_all_six_arms_are_measured_on_the_same_rows(
    workspace: Workspace, dataset: DatasetInfo, tiny_model: Path, make_context: MakeContext
) -> None:
    training = make_context("train", {}, "train")
    write_adapter(tiny_model, training.output / "adapter")
    finish(training, {"adapter": "output/adapter"})
    everything = EVALUATION.model_copy(
        update={"arms": ("prompted", "few_shot", "retrieval", "tuned_retrieval"), "max_rows": 12}
    )
    plan = plan_for(dataset, tiny_model, everything)
    payload = {"plan": plan.model_dump(mode="json"), "train_job_id": "train"}
    context = make_context("evaluate", payload, "eval")
    evaluation = Evaluation.model_validate(worker.run_evaluation(context)["evaluation"])
    context.close()
    assert [arm.arm for arm in evaluation.arms] == [
        "base",
        "prompted",
        "few_shot",
        "retrieval",
        "tuned",
        "tuned_retrieval",
    ]
    assert {arm.rows for arm in evaluation.arms} == {12}
    assert evaluation.comparison is not None
    against = evaluation.comparison.against
    assert [one.arm for one in against] == ["base", "prompted", "few_shot", "retrieval"]
    assert all(one.p_adjusted >= one.p_value for one in against)
    retrieval = evaluation.arm("retrieval")
    assert retrieval is not None
    assert "validation rows" in retrieval.detail["prompt"]
