"""Single values in free text: yes and no, numbers, shares, time, paths, choices, the brief."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luthier.agent.brains.guide import understand
from luthier.tools.questions import Choice


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes", "yes"),
        ("Yep!", "yes"),
        ("y", "yes"),
        ("sure", "yes"),
        ("sure, go ahead", "yes"),
        ("OK.", "yes"),
        ("please do", "yes"),
        ("yes please", "yes"),
        ("sounds good", "yes"),
        ("that’s right", "yes"),
        ("no problem", "yes"),
        ("👍", "yes"),
        ("yes but use 2 epochs", "yes"),
        ("no", "no"),
        ("nah", "no"),
        ("Nope, thanks", "no"),
        ("not yet", "no"),
        ("no way", "no"),
        ("I'd rather not", "no"),
        ("no, I have more rows", "no"),
        ("don't", "no"),
        ("don't know", "unsure"),
        ("I don’t know", "unsure"),
        ("not sure", "unsure"),
        ("no idea", "unsure"),
        ("you decide", "unsure"),
        ("whatever you think", "unsure"),
        ("maybe", "unsure"),
        ("?", "unsure"),
        ("i really dont know yet", "unsure"),
        ("", None),
        ("what?", None),
        ("yesterday", None),
        ("nobody", None),
        ("right now I have 5 rows", None),
        ("I don't know what LoRA is", None),
        ("stop", None),
    ],
)
def test_yes_no(text: str, expected: str | None) -> None:
    assert understand.read_yes_no(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two", 2),
        ("2.5", 2.5),
        ("2,5", 2.5),
        ("about 300", 300),
        ("5e-4", 5e-4),
        ("1E-3", 1e-3),
        ("90%", 90),
        ("1,000", 1000),
        ("10k", 10_000),
        ("twenty-five", 25),
        ("three hundred", 300),
        ("a thousand", 1000),
        ("a dozen", 12),
        ("2x", 2),
        ("-3", -3),
        ("two and a half", 2.5),
        ("0.0001", 0.0001),
        ("none at all, I mean", 0),
        ("no numbers here", None),
        ("", None),
        ("v2ray", None),
        ("9" * 400, None),
    ],
)
def test_number(text: str, expected: float | None) -> None:
    found = understand.read_number(text)
    assert found == (pytest.approx(expected) if expected is not None else None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90%", 0.9),
        ("0.9", 0.9),
        ("90", 0.9),
        ("9 out of 10", 0.9),
        ("nine in ten", 0.9),
        ("9/10", 0.9),
        ("95 of 100", 0.95),
        ("at least 85 percent", 0.85),
        ("two thirds", 2 / 3),
        ("half", 0.5),
        ("three quarters", 0.75),
        ("all of them", 1.0),
        ("80% and half an hour", 0.8),
        ("9 of 10 within 15 minutes", 0.9),
        ("15 minutes", None),
        ("2-3 hours", None),
        ("it saves 20 euros a month", None),
        ("$50 a week, so 80%", 0.8),
        ("half an hour", None),
        ("two hours", None),
        ("150%", None),
        ("-5%", None),
        ("good", None),
    ],
)
def test_share(text: str, expected: float | None) -> None:
    found = understand.read_share(text)
    assert found == (pytest.approx(expected) if expected is not None else None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("half an hour", 30),
        ("15 min", 15),
        ("15m", 15),
        ("15", 15),
        ("an hour", 60),
        ("1.5 hours", 90),
        ("an hour and a half", 90),
        ("two hours", 120),
        ("a couple of hours", 120),
        ("1h30", 90),
        ("1:30", 90),
        ("2 hours 15 minutes", 135),
        ("one hour and ten minutes", 70),
        ("90 seconds", 2),
        ("10-15 minutes", 15),
        ("10 to 20 minutes", 20),
        ("a quarter of an hour", 15),
        ("overnight", 480),
        ("as long as it takes", 1440),
        ("about 20", 20),
        ("a day", 1440),
        ("80% and half an hour", 30),
        ("9 of 10 within 15 minutes", 15),
        ("90%", None),
        ("9/10", None),
        ("0.9", None),
        ("I have 3 rows", None),
        ("soon", None),
        ("", None),
        ("0 minutes", None),
        ("it saves an hour a day", None),
        ("saves 5 minutes per ticket, may take an hour", 60),
    ],
)
def test_minutes(text: str, expected: int | None) -> None:
    assert understand.read_minutes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("~/data/x.csv", "~/data/x.csv"),
        ("use ~/data/x.csv please", "~/data/x.csv"),
        ("'/home/me/a b.csv'", "/home/me/a b.csv"),
        ("load “~/x y.csv” now", "~/x y.csv"),
        ("/home/me/my file's (copy).csv", "/home/me/my file's (copy).csv"),
        ("'/home/me/my file'\\''s.csv'", "'/home/me/my file'\\''s.csv'"),
        ("~/it's/mine.csv", "~/it's/mine.csv"),
        ("/a/b.csv is the file, not /a/c.csv", "/a/b.csv"),
        ("~/my data/x.csv", "~/my data/x.csv"),
        ("/home/me/my\\ data/file.csv", "/home/me/my\\ data/file.csv"),
        ("file:///home/x/y.jsonl", "file:///home/x/y.jsonl"),
        ("C:\\Users\\me\\data.csv", "C:\\Users\\me\\data.csv"),
        ('"C:\\My Files\\data.csv"', "C:\\My Files\\data.csv"),
        ("please read my data.csv.", "data.csv"),
        ("take data.CSV", "data.CSV"),
        ("examples/shop_tickets.csv", "examples/shop_tickets.csv"),
        ("../x/y.tsv ok?", "../x/y.tsv"),
        ("it's in /tmp/foo.", "/tmp/foo"),
        ("can you read ~/rows.parquet?", "~/rows.parquet"),
        ("/help", None),
        ("/", None),
        ("~", None),
        ("what is a .csv file?", None),
        ("what is JSON/CSV?", None),
        ("train/validation/test", None),
        ("learning rate 0.5", None),
        ("2/3 of them", None),
        ("http://example.com/a.csv", None),
        ("and/or", None),
    ],
)
def test_path(text: str, expected: str | None) -> None:
    assert understand.read_path(text) == expected


def test_one_word_behind_a_slash_is_a_path_where_there_is_one() -> None:
    assert understand.read_path("/tmp") == "/tmp"
    assert understand.read_path("/chat") is None


USE_CASES = (
    Choice(id="labels", label="Sort texts into labels", detail="spam or not, one of twelve topics"),
    Choice(
        id="structured",
        label="Turn texts into structured data",
        detail="a request becomes JSON with fixed fields",
    ),
    Choice(
        id="style", label="Write in a certain voice or format", detail="our tone, short answers"
    ),
    Choice(id="new_facts", label="Know facts it does not know"),
    Choice(id="other", label="Something else"),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", "labels"),
        ("2.", "structured"),
        ("option 3", "style"),
        ("the second one", "structured"),
        ("the last one please", "other"),
        ("number four", "new_facts"),
        ("new_facts", "new_facts"),
        ("new facts", "new_facts"),
        ("labels", "labels"),
        ("Something else", "other"),
        ("I want JSON", "structured"),
        ("structred data", "structured"),
        ("tone of voice", "style"),
        ("it should know facts", "new_facts"),
        ("9", None),
        ("0", None),
        ("not labels", None),
        ("what are labels?", None),
        ("bananas", None),
        ("", None),
    ],
)
def test_choice(text: str, expected: str | None) -> None:
    assert understand.read_choice(text, USE_CASES) == expected


def test_column_names_are_choices_like_any_other() -> None:
    columns = tuple(
        Choice(id=name, label=name) for name in ("Customer Message", "reply_text", "id")
    )
    assert understand.read_choice("customer message", columns) == "Customer Message"
    assert understand.read_choice("the reply text", columns) == "reply_text"
    assert understand.read_choice("2", columns) == "reply_text"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("classify emails as spam or not", "labels"),
        ("sort messages into categories", "labels"),
        ("messages to JSON tickets", "structured"),
        ("extract order numbers from mails", "structured"),
        ("answer in limericks", "style"),
        ("write in our brand voice", "style"),
        ("it should know our product manuals", "new_facts"),
        ("make it better", None),
    ],
)
def test_use_case(text: str, expected: str | None) -> None:
    assert understand.read_use_case(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nothing", ("nothing",)),
        ("no, not yet", ("nothing",)),
        ("I haven't", ("nothing",)),
        ("a long prompt with five examples", ("few_shot", "prompting")),
        ("RAG over our wiki", ("retrieval",)),
        ("I tuned a model last year", ("another_tune",)),
        ("better instructions", ("prompting",)),
        ("well, this and that", None),
    ],
)
def test_tried(text: str, expected: tuple[str, ...] | None) -> None:
    assert understand.read_tried(text) == expected


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_values_are_sane_for_any_text(text: str) -> None:
    assert understand.read_yes_no(text) in ("yes", "no", "unsure", None)
    understand.read_number(text)
    share = understand.read_share(text)
    assert share is None or 0 <= share <= 1
    minutes = understand.read_minutes(text)
    assert minutes is None or minutes >= 1
    path = understand.read_path(text)
    assert path is None or path in text
    assert understand.read_choice(text, USE_CASES) in (None, *(choice.id for choice in USE_CASES))
    understand.read_use_case(text)
    understand.read_tried(text)
