"""Answers judged side by side: both orders, ties, agreement with the user, blind and resumable."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fakes.judged import finished_evaluation
from fakes.openai_server import OpenAIServer, Reply

from luthier.tools.catalog.base import NoArguments, ToolContext
from luthier.tools.catalog.judging import Judge, Rate, approve_judging, rate_answers, rate_pair
from luthier.tools.data.model import DatasetInfo
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.judging import worker
from luthier.tools.evaluation.judging.agreement import agreement_of
from luthier.tools.evaluation.judging.judge import read_choice
from luthier.tools.evaluation.judging.pairs import RATED, pairs_of
from luthier.tools.evaluation.judging.views import judging_table
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.evaluation.store import load_evaluation
from luthier.tools.facts import Facts
from luthier.tools.workspace import Workspace
from luthier.tools.writer import Writer, Written
from tests.unit.tools.evaluation.conftest import MakeContext

Say = Callable[[str, str], str]


def judged_by(
    say: Say, workspace: Workspace, evaluation: Evaluation, make_context: MakeContext, name: str
) -> tuple[Evaluation, int]:
    """The evaluation after a judge who sees answers A and B and says a word; and its requests."""

    def answer(request: dict[str, Any]) -> Reply:
        text = request["messages"][-1]["content"]
        first, second = re.findall(r"Answer [AB]:\n<<<\n(.*?)\n>>>", text, re.DOTALL)
        return Reply(text=say(first, second), usage=(50, 1))

    with OpenAIServer(answer) as server:
        model = EndpointModel(base_url=server.base_url, model=name)
        payload = {"evaluation_id": evaluation.id, "model": model.model_dump(mode="json")}
        context = make_context("judge", payload, f"judge-{name}")
        found = Evaluation.model_validate(worker.run(context)["evaluation"])
        context.close()
        return found, len(server.requests)


def likes_tuned(first: str, _second: str) -> str:
    return "A" if first.startswith("TUNED") else "I prefer the second one: B"


def always_first(_first: str, _second: str) -> str:
    return "A"


def test_what_wins_in_both_orders_wins_and_position_alone_is_a_tie(
    workspace: Workspace, dataset: DatasetInfo, make_context: MakeContext
) -> None:
    evaluation = finished_evaluation(workspace, dataset)
    pairs = dataset.test
    found, asked = judged_by(likes_tuned, workspace, evaluation, make_context, "fair")
    assert asked == 2 * pairs
    assert found.judged is not None
    assert [found.judged.count(each) for each in ("tuned", "other", "tie")] == [pairs, 0, 0]
    assert found.judged.p_value < 0.01
    biased, _ = judged_by(always_first, workspace, evaluation, make_context, "biased")
    assert biased.judged is not None
    assert biased.judged.count("tie") == pairs == biased.judged.disagreed
    table = judging_table(biased)
    assert table is not None
    assert "the difference could be chance" in " ".join(table.notes)
    assert load_evaluation(workspace, evaluation.id).judged == biased.judged


def test_the_judge_reads_the_rubric_and_text_from_data_is_marked(
    workspace: Workspace, dataset: DatasetInfo, make_context: MakeContext
) -> None:
    evaluation = finished_evaluation(workspace, dataset)
    with OpenAIServer(lambda _request: Reply(text="TIE")) as server:
        model = EndpointModel(base_url=server.base_url, model="m")
        payload = {
            "evaluation_id": evaluation.id,
            "model": model.model_dump(mode="json"),
            "rubric": "Shorter is better.",
            "most": 1,
        }
        context = make_context("judge", payload, "judge")
        worker.run(context)
        context.close()
        system, user = server.requests[0]["messages"]
    assert "Shorter is better." in system["content"]
    assert "never an instruction" in system["content"]
    assert user["content"].count("<<<") == 4


@pytest.mark.parametrize(
    ("reply", "choice"),
    [
        ("A", "A"),
        ("b", "B"),
        ("Let me think. A is short, so B", "B"),
        ("tie.", "TIE"),
        ("?", "TIE"),
    ],
)
def test_replies_are_read(reply: str, choice: str) -> None:
    assert read_choice(reply) == choice


def test_the_user_rates_a_dozen_blind_in_any_number_of_sittings(
    workspace: Workspace, dataset: DatasetInfo, make_context: MakeContext
) -> None:
    evaluation, _ = judged_by(
        likes_tuned, workspace, finished_evaluation(workspace, dataset), make_context, "fair"
    )
    pairs = pairs_of(workspace, evaluation)[:RATED]
    assert {pair.tuned_first for pair in pairs} == {True, False}, "sides are drawn by chance"
    context = ToolContext(workspace, "session", Facts(evaluation=evaluation))
    outcome = rate_answers(context, NoArguments())
    seen = 0
    while "pair" in outcome.data:
        number = outcome.data["pair"]
        assert "tuned model" not in outcome.summary
        assert "tuned" not in str(outcome.views[0]).replace("TUNED", "")
        better = "A" if outcome.data["A"].startswith("TUNED") else "B"
        better = "tie" if number == 3 else better
        # every sitting starts from what is on the disk
        facts = Facts(evaluation=load_evaluation(workspace, evaluation.id))
        outcome = rate_pair(
            ToolContext(workspace, "session", facts), Rate(pair=number, better=better)
        )
        seen += 1
    assert seen == len(pairs)
    rated = load_evaluation(workspace, evaluation.id)
    agreement = agreement_of(rated)
    assert agreement is not None
    assert (agreement.pairs, agreement.same) == (len(pairs), len(pairs) - 1)
    table = judging_table(rated)
    assert table is not None
    assert table.rows[1] == ("you", str(len(pairs) - 1), "0", "1")
    assert f"agree on {len(pairs) - 1} of {len(pairs)} pairs" in table.notes[-1]


def test_kappa_is_told_in_words(workspace: Workspace, dataset: DatasetInfo) -> None:
    from luthier.tools.evaluation.judging.model import Judged, Preferred

    evaluation = finished_evaluation(workspace, dataset)

    def rows(text: str) -> tuple[Preferred, ...]:
        names = {"t": "tuned", "o": "other", "-": "tie"}
        return tuple(
            Preferred.model_validate({"row_id": str(n), "better": names[one]})
            for n, one in enumerate(text)
        )

    judged = Judged(
        judge="m", rubric="", other="few_shot", rows=rows("tttooo"), disagreed=0, low=0, high=0,
        p_value=1,
    )  # fmt: skip
    for mine, kappa, words in (("tttooo", 1.0, "very good"), ("ooottt", -1.0, "do not go by")):
        found = agreement_of(evaluation.model_copy(update={"judged": judged, "rated": rows(mine)}))
        assert found is not None
        assert found.kappa == pytest.approx(kappa)
        assert words in found.words


def test_a_yes_is_asked_with_what_is_sent_and_what_it_costs(
    workspace: Workspace, dataset: DatasetInfo
) -> None:
    evaluation = finished_evaluation(workspace, dataset)
    context = ToolContext(workspace, "session", Facts(evaluation=evaluation))
    approval = approve_judging(context, Judge(url="https://api.openai.com/v1", model="gpt-4o-mini"))
    said = " ".join(f"{name} {text}" for name, text in approval.details)
    assert f"{dataset.test} test rows" in said
    assert "https://api.openai.com/v1" in said
    assert "leave this computer" in said
    with pytest.raises(LuthierError, match="No language model is connected"):
        approve_judging(context, Judge())
    writer = Writer(
        "m", False, lambda _text: Written(""), lambda _r, _w: None,
        EndpointModel(base_url="https://models.example/v1", model="m"),
    )  # fmt: skip
    connected = approve_judging(replace(context, writer=writer), Judge())
    assert any("https://models.example/v1" in text for _name, text in connected.details)
    with pytest.raises(LuthierError, match="no two answers"):
        rate_answers(ToolContext(workspace, "session", Facts()), NoArguments())
