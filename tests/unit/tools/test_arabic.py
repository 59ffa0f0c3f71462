"""In Arabic no tool says a sentence in English, and what is decided is the same as in English."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.arabic_words import english_in, english_in_views
from fakes.plans import MACHINE, STARTER, propose
from fakes.plans import report as token_report

from luthier.tools.advice.model import Brief
from luthier.tools.advice.rules import advise
from luthier.tools.catalog.base import ToolContext
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.model import Inspection, Task
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.data.store import load_rows
from luthier.tools.data.views import dataset_views, inspection_views
from luthier.tools.doctor import diagnosis_views, examine
from luthier.tools.effects import Effect
from luthier.tools.errors import LuthierError
from luthier.tools.estimate.formula import estimate_plan
from luthier.tools.evaluation.metrics import METRICS
from luthier.tools.evaluation.model import ArmName, ArmResult, Comparison, Evaluation, Interval
from luthier.tools.evaluation.verdict import judge
from luthier.tools.evaluation.views import baseline_judgement, evaluation_views
from luthier.tools.facts import Facts
from luthier.tools.jobs.model import STATE_WORDS
from luthier.tools.language import _, use_language
from luthier.tools.models.learning import learning_report
from luthier.tools.models.learning_views import learning_views, row_tokens_view
from luthier.tools.models.rendering import Renderer
from luthier.tools.training.changes import allowed_values, change_plan
from luthier.tools.training.plan_fields import FIELDS
from luthier.tools.training.views import plan_views
from luthier.tools.wording import duration
from luthier.tools.workspace import Workspace

LABELS = ("استرداد", "توصيل", "شكر")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Arabic messages under labels, some with faults."""
    path = tmp_path / "messages.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["رسالة", "تصنيف"])
        for number in range(60):
            writer.writerow(
                [f"رسالة رقم {number * 7919} عن {LABELS[number % 3]}", LABELS[number % 3]]
            )
        writer.writerow(["رسالة بلا إجابة", ""])
        writer.writerow(["", "شكر"])
        writer.writerow(["رسالة رقم 0 عن استرداد", "استرداد"])
        writer.writerow(["خلية", "زائدة", "هنا"])
    return path


@pytest.mark.usefixtures("arabic")
def test_what_a_file_holds_and_what_is_made_of_it(workspace: Workspace, source: Path) -> None:
    found = inspect_file(source)
    data = prepare_dataset(workspace, source, found.mapping, leave_out_unusable=True)

    assert found.left_out == 3
    assert english_in_views(inspection_views(found)) == []
    assert english_in_views(dataset_views(data)) == []


@pytest.mark.usefixtures("arabic")
def test_what_the_model_will_learn(workspace: Workspace, source: Path, tiny_model: Path) -> None:
    found = inspect_file(source)
    data = prepare_dataset(workspace, source, found.mapping, leave_out_unusable=True)
    rows = load_rows(workspace, data.id, "train")
    renderer = Renderer(tiny_model)
    report = learning_report(renderer, rows, 48)

    assert report.blockers
    assert english_in_views(learning_views(report)) == []
    assert english_in_views([row_tokens_view(renderer, rows[0], 48)]) == []


@pytest.mark.usefixtures("arabic")
@pytest.mark.parametrize("minutes", [None, 1, 30])
@pytest.mark.parametrize("rows", [20, 80, 400, 6000])
def test_plans_and_estimates(rows: int, minutes: int | None) -> None:
    machine = MACHINE.model_copy(update={"memory_available": 10**9}) if minutes else MACHINE
    plan = propose(rows, minutes=minutes, machine=machine)
    plan = plan.model_copy(update={"task": Task(kind="text", reason="نص")})
    estimate = estimate_plan(plan, token_report(rows), STARTER, machine)

    assert english_in_views(plan_views(plan, estimate)) == []


@pytest.mark.usefixtures("arabic")
def test_settings_are_changed_by_their_arabic_names() -> None:
    plan = change_plan(propose(), {_("LoRA rank"): 8, _("batch size"): "4", _("epochs"): 2})

    assert (plan.lora.rank, plan.train.batch_size, plan.train.epochs) == (8, 4, 2)
    for field in FIELDS:
        assert english_in(f"{_(field.label)}. {_(field.meaning)}") == []
    assert english_in(allowed_values("lora.rank")) == []
    with pytest.raises(LuthierError) as refused:
        change_plan(propose(), {"rank": 0})
    assert english_in(refused.value.as_text()) == []
    assert refused.value.code == "plan.bad_value"


def arm(name: ArmName, score: float, **more: float) -> ArmResult:
    return ArmResult(
        arm=name,
        label=_("base model") if name == "base" else _("tuned model"),
        metrics={"json_match": score, "valid_json": more.get("valid", 1.0)},
        stop_rate=more.get("stop_rate", 1.0),
        prompt_tokens=40.0,
        completion_tokens=6.0,
        seconds=30.0,
        rows=100,
        predictions_file="",
        interval=Interval(value=score, low=max(score - 0.08, 0), high=min(score + 0.07, 1)),
    )


def evaluation(base: float, tuned: float, *, rows: int = 100, **more: float) -> Evaluation:
    difference = tuned - base
    low, high = difference - more.get("width", 0.05), difference + more.get("width", 0.05)
    made = Evaluation(
        id="e",
        dataset_id="d",
        metric="json_match",
        criterion=more.get("criterion", 0.8),
        test_rows=rows,
        split_rows=rows + 20,
        arms=(arm("base", base), arm("tuned", tuned, **more)),
        comparison=Comparison(
            metric="json_match",
            best_alternative="base",
            difference=Interval(value=difference, low=low, high=high),
            wins=max(0, round(difference * rows)) + 8,
            losses=3,
            ties=5,
        ),
    )
    return made.model_copy(update={"verdict": judge(made)})


@pytest.mark.usefixtures("arabic")
@pytest.mark.parametrize(
    ("made", "decision"),
    [
        (lambda: evaluation(0.3, 0.9), "ship"),
        (lambda: evaluation(0.75, 0.79, width=0.01, valid=0.9, stop_rate=0.9), "ship_with_care"),
        (lambda: evaluation(0.81, 0.9, rows=30), "ship_with_care"),
        (lambda: evaluation(0.5, 0.4), "do_not_ship"),
        (lambda: evaluation(0.5, 0.5), "do_not_ship"),
        (lambda: evaluation(0.3, 0.9, stop_rate=0.2), "do_not_ship"),
        (lambda: evaluation(0.1, 0.3), "do_not_ship"),
        (lambda: evaluation(0.7, 0.75, width=0.2), "undecided"),
        (lambda: evaluation(0.3, 0.9, rows=4), "undecided"),
    ],
)
def test_every_verdict(made: object, decision: str) -> None:
    found = made()  # type: ignore[operator]

    assert found.verdict.decision == decision
    assert english_in_views(evaluation_views(found)) == []
    judgement = baseline_judgement(found)
    assert judgement is not None
    assert english_in_views([judgement]) == []


@pytest.mark.usefixtures("arabic")
@pytest.mark.parametrize("use_case", ["labels", "structured", "style", "new_facts", "other", None])
@pytest.mark.parametrize("rows", [None, 0, 5, 30, 120, 600, 5000])
def test_every_advice(use_case: str | None, rows: int | None) -> None:
    for tried in (None, ("nothing",), ("prompting", "retrieval"), ("another_tune", "few_shot")):
        for minutes in (None, 1, 30):
            brief = Brief.model_validate(
                {
                    "use_case": use_case,
                    "tried": tried,
                    "minutes": minutes,
                    "criterion": 0.99,
                    "assumed": ("use_case", "tried", "minutes", "criterion"),
                }
            )
            advice = advise(brief, rows=rows, task=Task(kind="labels", labels=("a", "b") * 40))
            said = " ".join((advice.headline, *advice.reasons, *advice.alternatives))
            assert english_in(said) == []


@pytest.mark.usefixtures("arabic")
def test_the_words_of_tools_metrics_and_jobs() -> None:
    for tool in TOOLS.values():
        assert _(tool.label) != tool.label
        assert english_in(_(tool.label)) == []
    for metric in METRICS.values():
        assert english_in(f"{_(metric.title)}: {_(metric.explanation)}") == []
    for words in STATE_WORDS.values():
        assert english_in(_(words)) == []
    assert [duration(seconds) for seconds in (5, 95, 3700, 100_000)] == [
        "5 ث",
        "1 د 35 ث",
        "1 س 1 د",
        "1 ي 3 س",
    ]


@pytest.mark.usefixtures("arabic")
def test_what_is_not_possible_yet_is_said_in_arabic(workspace: Workspace) -> None:
    context = ToolContext(workspace, "s", Facts())
    refused = 0
    for tool in TOOLS.values():
        if tool.arguments.model_fields or tool.effect is Effect.NETWORK:
            continue  # what fetches something can do so at any time, and would
        try:
            said = tool.run(context, tool.arguments()).summary
        except LuthierError as error:
            refused += 1
            said = error.as_text()
        assert english_in(said) == [], tool.name
    assert refused >= 5


@pytest.mark.usefixtures("arabic")
def test_the_doctor(workspace: Workspace) -> None:
    assert english_in_views(diagnosis_views(examine(workspace, network=False))) == []


@pytest.mark.parametrize(
    "arguments", [("doctor", "--offline"), ("data", "check", "{source}"), ("lessons", "LoRA")]
)
def test_the_command_line_speaks_arabic(
    arguments: tuple[str, ...], source: Path, tmp_path: Path
) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "luthier.tui.cli", "--language", "ar"),
            *(argument.format(source=source) for argument in arguments),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        env={"LUTHIER_HOME": str(tmp_path / "home"), "PATH": "/usr/bin", "COLUMNS": "300"},
        check=False,
    )

    assert done.stdout.strip(), done.stderr
    assert english_in(done.stdout.replace(str(tmp_path), "")) == []
    assert "Traceback" not in done.stderr


def test_data_sets_plans_and_settings_are_the_same_in_every_language(
    workspace: Workspace, source: Path
) -> None:
    def decide() -> tuple[Inspection, str, dict[str, object]]:
        found = inspect_file(source)
        data = prepare_dataset(workspace, source, found.mapping, leave_out_unusable=True)
        return found, data.id, propose(80, minutes=5).model_dump(exclude={"reasons"})

    english = decide()
    use_language("ar")
    try:
        arabic = decide()
    finally:
        use_language("en")

    assert arabic[1:] == english[1:]
    assert arabic[0].mapping.reason != english[0].mapping.reason
    assert [problem.code for problem in arabic[0].problems] == [
        problem.code for problem in english[0].problems
    ]
