"""Every method of tuning on real rows: what it reads, that it learns, what it leaves behind."""

from __future__ import annotations

import json
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.data.store import load_dataset, load_rows, load_unwanted
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.arms.arm import Bench
from luthier.tools.evaluation.preferences import check_preferences
from luthier.tools.jobs.model import MetricsEvent
from luthier.tools.models.likelihood import Likelihood
from luthier.tools.models.loading import load_base, load_tuned
from luthier.tools.models.reference import resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.training import preflight, worker
from luthier.tools.training.material import load_material
from luthier.tools.training.methods.allowed import Holdings, holdings, refuse_unfit
from luthier.tools.training.methods.registry import METHODS
from luthier.tools.training.methods.switch import switched
from luthier.tools.training.plan import DataPlan, MethodName, Plan
from luthier.tools.training.preference_rows import JudgedRow, PairRow
from luthier.tools.workspace import Workspace

if TYPE_CHECKING:
    from conftest import JobMaker

THINGS = ("lamp", "chair", "table", "parcel", "phone", "clock", "shelf", "mirror")
CITIES = ("Paris", "Rome", "Cairo", "Lima", "Oslo", "Delhi")


def data_plan(
    workspace: Workspace, path: Path, fractions: tuple[float, float, float] = (0.7, 0.2, 0.1)
) -> tuple[DataPlan, Any]:
    """A prepared data set as a plan names it."""
    info = prepare_dataset(workspace, path, None, leave_out_unusable=True, fractions=fractions)
    data = DataPlan(
        dataset_id=info.id,
        path=info.source_path,
        sha256=info.source_sha256,
        mapping=info.mapping,
        fractions=info.fractions,
        seed=info.seed,
    )
    return data, info


def write_lines(path: Path, lines: list[dict[str, Any]]) -> Path:
    """JSON Lines."""
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


def questions() -> list[str]:
    """Different questions."""
    return [
        f"is the {thing} to {city} on its way? my number is {place}{index * 17}"
        for index, thing in enumerate(THINGS)
        for place, city in enumerate(CITIES)
    ]


@pytest.fixture(scope="module")
def pairs(training_home: Workspace, tmp_path_factory: pytest.TempPathFactory) -> DataPlan:
    """Preference pairs: short answers are better."""
    lines = [
        {"prompt": question, "chosen": "yes please", "rejected": "I have no lamp for you"}
        for question in questions()
    ]
    path = write_lines(tmp_path_factory.mktemp("pairs") / "pairs.jsonl", lines)
    return data_plan(training_home, path)[0]


@pytest.fixture(scope="module")
def judged(training_home: Workspace, tmp_path_factory: pytest.TempPathFactory) -> DataPlan:
    """Answers marked as wanted or not, one question in three with both."""
    lines = []
    for number, question in enumerate(questions()):
        if number % 3:
            lines.append({"prompt": question, "completion": "yes please", "label": True})
        if not number % 3 or number % 2:
            lines.append({"prompt": question, "completion": "no lamp for you", "label": False})
    path = write_lines(tmp_path_factory.mktemp("judged") / "judged.jsonl", lines)
    return data_plan(training_home, path)[0]


def planned(base: Plan, method: MethodName, data: DataPlan | None = None, **train: Any) -> Plan:
    """The base plan with another method and its data."""
    train = {"epochs": 2, "learning_rate": 5e-3, **train}
    return base.model_copy(
        update={
            "method": method,
            "data": data or base.data,
            "train": base.train.model_copy(update=train),
        }
    )


def test_unwanted_answers_are_kept_apart_and_never_beside_a_held_out_question(
    training_home: Workspace, judged: DataPlan
) -> None:
    held_out = {
        row.prompt[-1].content
        for split in ("validation", "test")
        for row in load_rows(training_home, judged.dataset_id, split)
    }
    rows = load_rows(training_home, judged.dataset_id, "train")
    assert not any(row.label is False for row in rows)
    unwanted = load_unwanted(training_home, judged.dataset_id, "train")
    assert len(unwanted) >= 15
    assert all(row.label is False for row in unwanted)
    assert not held_out & {row.prompt[-1].content for row in unwanted}
    assert load_unwanted(training_home, judged.dataset_id, "validation")


def test_a_pair_holds_the_question_once_and_both_answers_with_their_end(
    training_home: Workspace, base_plan: Plan, pairs: DataPlan, tiny_model: Path
) -> None:
    material = load_material(training_home, planned(base_plan, "dpo", pairs))
    renderer = Renderer(tiny_model)
    row = material.train[0]
    assert isinstance(row, PairRow)
    assert renderer.decode(row.chosen) == "yes please"
    assert renderer.decode(row.rejected) == "I have no lamp for you"
    assert row.chosen[-1] in renderer.end_ids
    assert row.rejected[-1] in renderer.end_ids
    assert row.tokens == 2 * len(row.question) + len(row.chosen) + len(row.rejected)


def test_judged_rows_hold_wanted_and_unwanted_answers_side_by_side(
    training_home: Workspace, base_plan: Plan, judged: DataPlan, pairs: DataPlan
) -> None:
    rows = load_material(training_home, planned(base_plan, "kto", judged)).train
    marks = [row.wanted for row in rows if isinstance(row, JudgedRow)]
    assert len(marks) == len(rows)
    assert {True, False} == set(marks[:6])
    from_pairs = load_material(training_home, planned(base_plan, "kto", pairs)).train
    wanted = [row.wanted for row in from_pairs if isinstance(row, JudgedRow)]
    assert wanted.count(True) == wanted.count(False)


@pytest.mark.parametrize("name", ["dpo", "orpo", "kto"])
def test_answers_alone_do_not_allow_preferences(
    training_home: Workspace, base_plan: Plan, name: MethodName
) -> None:
    held = holdings(training_home, load_dataset(training_home, base_plan.data.dataset_id))
    with pytest.raises(LuthierError) as refused:
        refuse_unfit(METHODS[name], held)
    assert refused.value.code.startswith("method.no_")
    assert refused.value.why
    assert refused.value.remedy


def test_answers_and_pairs_allow_what_they_hold() -> None:
    refuse_unfit(METHODS["lora"], Holdings(10, 0, 0))
    refuse_unfit(METHODS["full"], Holdings(10, 0, 0))
    refuse_unfit(METHODS["dpo"], Holdings(30, 30, 0))
    refuse_unfit(METHODS["kto"], Holdings(30, 0, 25))
    refuse_unfit(METHODS["kto"], Holdings(30, 30, 0))


@pytest.mark.training
@pytest.mark.parametrize("method", ["dpo", "orpo", "kto"])
def test_preferences_are_learned(
    make_job: JobMaker,
    base_plan: Plan,
    pairs: DataPlan,
    judged: DataPlan,
    training_home: Workspace,
    tiny_model: Path,
    method: MethodName,
) -> None:
    data = judged if method == "kto" else pairs
    result = make_job(planned(base_plan, method, data)).run_here(worker.run)
    assert result["best_validation_loss"] < result["base_validation_loss"]
    assert result["method"] == method
    assert result["tokens_per_second"] > 0
    assert result["checks"]["output_change"] > 0
    reference = resolve_model(Workspace(Path("/nowhere")), str(tiny_model))
    tuned = load_tuned(reference, Path(result["adapter"]), dtype="float32")[0]
    assert likes(tuned, tiny_model) > likes(load_base(reference, dtype="float32")[0], tiny_model)
    rows = load_rows(training_home, pairs.dataset_id, "train")
    found = check_preferences(
        bench_of(training_home, base_plan, pairs), Path(result["adapter"]), rows
    )
    assert found is not None
    assert found.items == len(rows)
    assert found.tuned.value >= max(found.base.value, 0.9)


def bench_of(workspace: Workspace, plan: Plan, data: DataPlan) -> Bench:
    """What an evaluation of these rows works with."""
    reference = resolve_model(workspace, plan.model.id)
    return Bench(
        workspace=workspace,
        dataset=load_dataset(workspace, data.dataset_id),
        reference=reference,
        renderer=Renderer(reference.folder),
        plan=plan.evaluation,
        folder=workspace.jobs,
    )


def test_single_marks_are_held_against_each_other_couple_by_couple(
    training_home: Workspace, base_plan: Plan, tmp_path: Path
) -> None:
    lines = [
        {"prompt": f"{question} {copy}", "completion": "yes" if good else "no", "label": good}
        for question in questions()
        for copy, good in (("please", True), ("now", False))
    ]
    path = write_lines(tmp_path / "marks.jsonl", lines)
    data, _info = data_plan(training_home, path, fractions=(0.4, 0.2, 0.4))
    bench = bench_of(training_home, base_plan, data)
    wanted = load_rows(training_home, data.dataset_id, "test")
    cut = len(wanted)

    def found(conversations: Sequence[object], *, by: Path | None) -> list[Likelihood]:
        """Before: all alike but for one in two unwanted answers, which are likelier. After: none is."""
        worse = len(conversations) - cut
        liked = [-3.0 if by is None and place % 2 == 0 else -9.0 for place in range(worse)]
        return [Likelihood(total, 2) for total in [*[-5.0] * cut, *liked]]

    bench.likelihoods = found  # type: ignore[method-assign]
    measured = check_preferences(bench, tmp_path, wanted)
    assert measured is not None
    assert measured.kind == "judged"
    assert measured.base.value == pytest.approx(0.5, abs=0.05)
    assert measured.tuned.value == 1.0
    assert measured.difference.low > 0


def likes(model: Any, folder: Path) -> float:
    """By how much the wanted answer is likelier than the unwanted one, in log-probability."""
    import torch

    renderer = Renderer(folder)

    def score(answer: str) -> float:
        from luthier.tools.data.model import Message

        question = Message(role="user", content="is the lamp to Paris on its way? my number is 99")
        rendered = renderer.render([question, Message(role="assistant", content=answer)])
        ids = torch.tensor([rendered.ids])
        with torch.no_grad():
            scores = model(input_ids=ids).logits.log_softmax(-1)[0, :-1]
        found = scores.gather(1, ids[0, 1:, None])[:, 0]
        return float(found[torch.tensor(rendered.trained[1:])].sum())

    return score("yes please") - score("I have no lamp for you")


@pytest.mark.training
def test_a_killed_preference_training_goes_on_and_ends_the_same(
    make_job: JobMaker, base_plan: Plan, pairs: DataPlan
) -> None:
    plan = planned(base_plan, "dpo", pairs)
    whole = make_job(plan).run_here(worker.run)
    job = make_job(plan, checkpoint_seconds=0)
    job.start()
    for event in job.follow():
        if isinstance(event, MetricsEvent) and event.step >= 4 and event.loss is not None:
            break
    assert job.process is not None
    job.process.send_signal(signal.SIGKILL)
    job.process.wait()
    assert list((job.folder / "output").glob("checkpoint-*/complete.json"))
    assert job.run()["state"] == "succeeded"
    assert [entry.get("loss") for entry in job.result["history"]] == pytest.approx(
        [entry.get("loss") for entry in whole["history"]], rel=1e-3
    )


@pytest.mark.training
def test_full_fine_tuning_leaves_a_whole_model(
    make_job: JobMaker, base_plan: Plan, tiny_model: Path
) -> None:
    result = make_job(planned(base_plan, "full")).run_here(worker.run)
    folder = Path(result["adapter"])
    assert result["best_validation_loss"] < 0.9 * result["base_validation_loss"]
    assert not (folder / "adapter_config.json").exists()
    assert (folder / "tokenizer.json").read_bytes() == (tiny_model / "tokenizer.json").read_bytes()
    reference = resolve_model(Workspace(Path("/nowhere")), str(folder))
    assert (
        reference.parameters
        == resolve_model(Workspace(Path("/nowhere")), str(tiny_model)).parameters
    )
    for merge in (False, True):
        model = load_tuned(reference, folder, dtype="float32", merge=merge)[0]
        assert not hasattr(model, "peft_config")


@pytest.mark.training
@pytest.mark.parametrize("method", ["full", "dpo", "orpo", "kto"])
def test_preflight_measures_every_method(
    make_job: JobMaker, base_plan: Plan, pairs: DataPlan, judged: DataPlan, method: MethodName
) -> None:
    data = {"full": None, "kto": judged}.get(method, pairs)
    job = make_job(planned(base_plan, method, data))
    estimate = job.run_here(preflight.run)["estimate"]
    assert estimate["measured"] is True
    assert estimate["tokens_per_second"] > 0
    assert estimate["disk_bytes"] > 0


def test_a_change_of_method_takes_what_suits_it_and_leaves_what_was_named(base_plan: Plan) -> None:
    held = Holdings(40, 40, 10)
    dpo = switched(base_plan.model_copy(update={"method": "dpo"}), 135_000_000, held, ())
    assert dpo.train.learning_rate == 5e-5
    assert dpo.train.epochs <= 3
    assert dpo.reasons["train.learning_rate"]
    named = base_plan.model_copy(update={"method": "kto"})
    kto = switched(named, 135_000_000, held, {"train.learning_rate"})
    assert kto.train.learning_rate == base_plan.train.learning_rate
    assert kto.preference.wanted_weight == pytest.approx(1.25)
    back = switched(dpo.model_copy(update={"method": "lora"}), 135_000_000, held, ())
    assert back.train.learning_rate == 2e-3
    assert back.train.epochs > 3
