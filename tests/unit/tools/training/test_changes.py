"""What a user says about a plan changes exactly that, within what is allowed."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.plans import propose

from luthier.tools.errors import LuthierError
from luthier.tools.training.changes import ASKED_FOR, allowed_values, change_plan
from luthier.tools.training.plan_fields import FIELDS, field_for


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ("epochs", "train.epochs"),
        ("rank", "lora.rank"),
        ("LoRA rank", "lora.rank"),
        ("the learning rate", "train.learning_rate"),
        ("lr", "train.learning_rate"),
        ("Learning-Rate", "train.learning_rate"),
        ("batch", "train.batch_size"),
        ("length", "train.max_length"),
        ("seed", "train.seed"),
        ("layers", "lora.layers"),
        ("alpha", "lora.alpha"),
        ("model", "model.id"),
        ("early stopping", "train.patience"),
        ("goal", "evaluation.criterion"),
        ("train.epochs", "train.epochs"),
        ("weather", None),
    ],
)
def test_words_name_fields(words: str, path: str | None) -> None:
    assert field_for(words) == path


def test_no_word_names_two_fields() -> None:
    names = [name.lower() for f in FIELDS for name in {f.label, f.path, *f.synonyms}]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("changes", "path", "value"),
    [
        ({"train.epochs": 2}, "train.epochs", 2),
        ({"epochs": "1.5"}, "train.epochs", 1.5),
        ({"lr": "2e-4"}, "train.learning_rate", 2e-4),
        ({"lr": "0,001"}, "train.learning_rate", 1e-3),
        ({"length": "1,024"}, "train.max_length", 1024),
        ({"layers": "upper half"}, "lora.layers", "upper_half"),
        ({"layers": "all layers"}, "lora.layers", "all"),
        ({"goal": "85%"}, "evaluation.criterion", 0.85),
        ({"schedule": "Linear"}, "train.scheduler", "linear"),
        ({"gradient checkpointing": "on"}, "train.gradient_checkpointing", True),
        ({"batch size": "16"}, "train.batch_size", 16),
    ],
)
def test_values_are_taken_as_people_write_them(
    changes: dict[str, Any], path: str, value: Any
) -> None:
    before = propose()
    plan = change_plan(before, changes)
    room, _, name = path.partition(".")
    assert getattr(getattr(plan, room), name) == value
    assert plan.reasons[path] == ASKED_FOR
    assert before == propose()


def test_rank_takes_alpha_along_unless_told_otherwise() -> None:
    assert change_plan(propose(), {"rank": "32"}).lora.alpha == 64
    assert change_plan(propose(), {"rank": 32, "alpha": 16}).lora.alpha == 16


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({"rank": 0}, "a whole number from 1 to 512"),
        ({"rank": "many"}, "a whole number from 1 to 512"),
        ({"epochs": 0}, "a number above 0 to 100"),
        ({"dropout": 1}, "a number from 0 and below 1"),
        ({"layers": "lower"}, "all or upper half"),
        ({"batch": 2.5}, "a whole number from 1 to 1024"),
        ({"length": 3}, "a whole number from 16"),
    ],
)
def test_a_value_that_is_not_allowed_names_what_is(changes: dict[str, Any], allowed: str) -> None:
    with pytest.raises(LuthierError) as failure:
        change_plan(propose(), changes)
    assert failure.value.code == "plan.bad_value"
    assert allowed in failure.value.why


def test_an_unknown_setting_lists_the_known_ones() -> None:
    with pytest.raises(LuthierError) as failure:
        change_plan(propose(), {"colour": "blue"})
    assert failure.value.code == "plan.unknown_field"
    assert "learning rate" in failure.value.remedy


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.path)
def test_every_field_says_what_it_may_hold(field: Any) -> None:
    assert allowed_values(field.path)


@pytest.mark.parametrize(
    ("field", "now", "words", "then"),
    [
        ("epochs", 3, "more", 5),
        ("epochs", 3, "a bit more", 4),
        ("epochs", 3, "less", 2),
        ("epochs", 2, "a bit less", 1),
        ("epochs", 3, "double", 6),
        ("epochs", 1, "half", 0.5),
        ("epochs", 3, "2 less", 1),
        ("rank", 16, "more", 32),
        ("batch size", 8, "a bit less", 4),
        ("batch size", 1, "half", 1),
        ("learning rate", 2e-4, "half", 1e-4),
        ("learning rate", 2e-4, "a bit more", 2.5e-4),
        ("test rows", 100, "half", 50),
    ],
)
def test_a_comparison_is_made_with_the_present_value(
    field: str, now: float, words: str, then: float
) -> None:
    plan = change_plan(propose(), {field: now})
    assert change_plan(plan, {field: words}) == change_plan(plan, {field: then})


def test_a_comparison_stays_within_what_is_allowed_or_is_refused_in_words() -> None:
    plan = change_plan(propose(), {"epochs": 1})
    with pytest.raises(LuthierError, match="Epochs cannot be 0"):
        change_plan(plan, {"epochs": "1 less"})
    with pytest.raises(LuthierError, match="cannot be double"):
        change_plan(plan, {"schedule": "double"})


@pytest.mark.parametrize(("words", "there"), [("dpo", "dpo"), ("lora", "supervised")])
def test_a_method_named_for_a_plan_elsewhere_is_the_one_there(words: str, there: str) -> None:
    remote = propose().model_copy(update={"backend": "openai"})
    changed = change_plan(remote, {"method": words})
    assert (changed.hosted.method, changed.method) == (there, "lora")


@pytest.mark.parametrize(
    ("words", "method"),
    [("full fine-tuning", "full"), ("DPO", "dpo"), ("preference tuning", "dpo")],
)
def test_a_method_may_be_named_as_people_name_it(words: str, method: str) -> None:
    assert change_plan(propose(), {"method": words}).method == method
