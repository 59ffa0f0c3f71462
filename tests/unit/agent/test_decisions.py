"""What typed words mean as the reply to an approval."""

from __future__ import annotations

import pytest

from luthier.agent.decisions import decided, read_decision, take_decision
from luthier.tools.questions import Approval, Decision, Editable, Lasting

PLAIN = Approval(tool="t", effect="long_job", title="Start the training")
ALL = PLAIN.model_copy(
    update={
        "lasting": Lasting(key="t", words="starting trainings"),
        "editable": (Editable(name="changes.epochs", label="epochs", value="3"),),
    }
)


@pytest.mark.parametrize(
    "line",
    [
        "y",
        "Yes",
        "yes!",
        "OK",
        "go ahead.",
        "yes please",
        "yes, start it now",
        "ok thanks, go on",
        "نعم",
    ],
)
@pytest.mark.parametrize("approval", [PLAIN, ALL])
def test_yes(line: str, approval: Approval) -> None:
    assert read_decision(line, approval) == Decision(approved=True)


@pytest.mark.parametrize(
    "line",
    ["try again", "retry", "again", "once more", "compare", "measure it", "evaluate",
     "start the training?", "train the model?", "قيّم النموذج", "هل يمكنك أن تبدأ التدريب؟"],
)  # fmt: skip
def test_words_that_do_not_name_the_training_or_ask_about_it_are_no_yes_to_it(line: str) -> None:
    approval = Approval(tool="launch_training", effect="long_job", title="Start the training")
    found = read_decision(line, approval)
    assert found is None or not found.approved


@pytest.mark.parametrize("line", ["start the training", "ابدأ التدريب", "ابدأ", "نعم ابدأ"])
def test_naming_what_is_asked_is_a_yes_where_it_costs_only_time(line: str) -> None:
    launch = PLAIN.model_copy(update={"tool": "launch_training"})
    assert read_decision(line, launch) == Decision(approved=True)


@pytest.mark.parametrize("update", [{"tool": "delete_session"}, {"effect": "money"}])
def test_naming_a_training_is_no_yes_to_anything_else(update: dict[str, str]) -> None:
    other = PLAIN.model_copy(update={"tool": "launch_training", **update})
    assert read_decision("start the training", other) is None


@pytest.mark.parametrize(
    "line",
    [
        "always",
        "yes, always",
        "yes and don’t ask again",
        "Yes, and do not ask me again.",
        "yes for this session",
    ],
)
def test_a_yes_that_lasts_only_where_it_is_said_and_offered(line: str) -> None:
    assert read_decision(line, ALL) == Decision(approved=True, lasting=True)
    assert read_decision(line, PLAIN) == Decision(approved=True)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("no", ""),
        ("N", ""),
        ("no way", ""),
        ("not yet", ""),
        ("no, too long", "too long"),
        ("No: money", "money"),
        ("no it takes too long", "it takes too long"),
        ("no, use 2 epochs", "use 2 epochs"),
    ],
)
def test_no(line: str, reason: str) -> None:
    assert read_decision(line, ALL) == Decision(approved=False, reason=reason)


@pytest.mark.parametrize("line", ["use 2 epochs", "yes but use 2 epochs", "epochs 2"])
def test_a_value_is_changed_before_anything_is_approved(line: str) -> None:
    wanted = Decision(approved=False, changes={"changes.epochs": "2"})
    assert read_decision(line, ALL) == wanted
    assert decided(wanted, ALL) == "Change this first: epochs 2"


def test_a_value_that_cannot_be_changed_here_is_a_no_with_that_reason() -> None:
    for approval, line in ((PLAIN, "yes but use 2 epochs"), (ALL, "yes, with rank 32")):
        decision = read_decision(line, approval)
        assert decision == Decision(approved=False, reason=line)


@pytest.mark.parametrize(
    "line",
    ["yes but only 1 minute", "yes, but not now", "yes unless it downloads", "yes if it is free",
     "ok, after lunch", "yeah no", "yes when I am back", "always ask me first", "always no",
     "yes, do not do it in this session", "نعم لكن ليس الآن"],
)  # fmt: skip
def test_a_yes_with_a_condition_is_no_yes(line: str) -> None:
    for approval in (PLAIN, ALL):
        assert take_decision(line, approval) == Decision(approved=False, reason=line)


@pytest.mark.parametrize(
    "line",
    [
        "maybe",
        "ok?",
        "yes?",
        "what does it cost?",
        "1",
        "nobody",
        "don’t ask again",
        "yes, for how long?",
    ],
)
def test_anything_else_is_no_yes(line: str) -> None:
    assert read_decision(line, ALL) is None
    assert take_decision(line, ALL) == Decision(approved=False, reason=line)


def test_decisions_read_well() -> None:
    said = [
        decided(decision, ALL)
        for decision in (
            Decision(approved=True),
            Decision(approved=True, lasting=True),
            Decision(approved=False),
            Decision(approved=False, reason="too long"),
        )
    ]
    assert said == [
        "Yes",
        "Yes, and do not ask again in this session for starting trainings",
        "No",
        "No: too long",
    ]


@pytest.mark.parametrize("effect", ["money", "deletes"])
def test_no_yes_to_money_or_deletions_can_last(effect: str) -> None:
    with pytest.raises(ValueError, match="cannot last"):
        Approval(tool="t", effect=effect, title="x", lasting=Lasting(key="t", words="x"))


@pytest.mark.parametrize(
    "line", ["not now, I have no network", "don't do it, the laptop gets too hot"]
)
def test_a_no_in_other_words_keeps_its_reason(line: str) -> None:
    assert read_decision(line, PLAIN) == Decision(approved=False, reason=line)
