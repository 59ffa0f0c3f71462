"""Faults that show in a whole row or only among many rows."""

from __future__ import annotations

import json

import pytest

from luthier.tools.data.checks.boilerplate import Boilerplate
from luthier.tools.data.checks.constant_answer import ConstantAnswer
from luthier.tools.data.checks.cut_answers import CutAnswers
from luthier.tools.data.checks.echoed_questions import EchoedQuestions
from luthier.tools.data.checks.evaluation_overlap import EvaluationOverlap
from luthier.tools.data.checks.few_rows import FewRows
from luthier.tools.data.checks.groups import Groups
from luthier.tools.data.checks.label_spelling import LabelSpelling
from luthier.tools.data.checks.lengths import LoopedAnswers, OutlierLengths
from luthier.tools.data.checks.licence_notes import LicenceNotes, licence_beside
from luthier.tools.data.checks.message_keys import MessageKeys
from luthier.tools.data.checks.mixed_languages import MixedLanguages
from luthier.tools.data.checks.near_duplicates import NearDuplicates
from luthier.tools.data.checks.personal_data import PersonalData, Secrets
from luthier.tools.data.checks.registry import CHECKS, EXPENSIVE, RECORD_CHECKS
from luthier.tools.data.checks.split_leaks import SplitLeaks
from luthier.tools.data.checks.turn_order import TurnOrder
from luthier.tools.data.checks.why import WHY
from luthier.tools.data.model import Task
from luthier.tools.data.readers.base import Record
from tests.unit.tools.data.checks.conftest import Run, codes, pairs, row
from tests.unit.tools.data.conftest import Write

U, A, S = ("user", "q"), ("assistant", "a"), ("system", "s")


@pytest.mark.parametrize(
    ("turns", "found"),
    [
        ((U, A), ""),
        ((S, U, A), ""),
        ((S, U, A, U, A), ""),
        ((U, A, ("tool", "t"), A), ""),
        ((U, U, A), "user, user"),
        ((U, A, A), "assistant, assistant"),
        ((A, U, A), "assistant"),
        ((U, S, A), "user, system"),
    ],
)
def test_turns_out_of_order(run: Run, turns: tuple[tuple[str, str], ...], found: str) -> None:
    problems = run(TurnOrder(), [row(7, *turns)])
    assert [problem.example for problem in problems] == ([found] if found else [])


def test_answers_cut_by_a_length_are_told_from_short_ones(run: Run) -> None:
    whole = [f"A whole sentence number {n}, which ends as it should." for n in range(30)]
    cut = [("word " * 60)[:256] for _ in range(4)]
    found = codes(run(CutAnswers(), pairs([*whole, *(f"{n}{c[1:]}" for n, c in enumerate(cut))])))
    assert found == {"answer_cut_by_length": (4, (31, 32, 33, 34))}
    assert run(CutAnswers(), pairs([text + "." * n for n, text in enumerate(whole)])) == []


def test_a_code_block_that_never_closes(run: Run) -> None:
    rows = pairs(["```py\nx\n```", "Here:\n```py\nprint(1)"])
    assert codes(run(CutAnswers(), rows)) == {"answer_cut": (1, (2,))}


def test_a_broken_record_counts_only_where_answers_are_records(run: Run) -> None:
    records = [json.dumps({"n": n}) for n in range(20)]
    assert "broken_record" in codes(run(CutAnswers(), pairs([*records, '{"n": 1'])))
    prose = ["{ echo hello; } 2>&1", *(f"ls -l {n}" for n in range(20))]
    assert run(CutAnswers(), pairs(prose)) == []


def test_lengths_far_from_the_others(run: Run) -> None:
    rows = pairs([f"a short answer {n}" for n in range(40)] + ["word " * 4000])
    (found,) = run(OutlierLengths(), rows)
    assert (found.code, found.count, found.lines) == ("outlier_length", 1, (41,))
    assert "20," in found.message or "200" in found.message
    assert run(OutlierLengths(), pairs(["word " * 500] * 40)) == []


def test_an_answer_that_runs_in_circles(run: Run) -> None:
    prose = " ".join(f"word{n} and {n * 31 % 97}" for n in range(400))
    found = codes(run(LoopedAnswers(), pairs([prose, "again and again, " * 300])))
    assert found == {"looped_answer": (1, (2,))}


def test_boilerplate_but_no_identity_and_no_label(run: Run) -> None:
    answers = [
        "As an AI language model, I cannot do that.",
        "I'm sorry, but I can't help with that.",
        "I am Luma, an assistant made by Acme.",
        "I'm sorry to hear that your parcel is late.",
    ]
    assert codes(run(Boilerplate(), pairs(answers))) == {"refusals": (2, (1, 2))}
    labels = Task(kind="labels", labels=("as an AI model, no", "x"))
    assert run(Boilerplate(), pairs(["as an AI model, no"]), labels) == []


def test_one_language_among_others(run: Run) -> None:
    english = [
        f"The parcel with the number {n} was sent to your address on Monday morning."
        for n in range(30)
    ]
    german = "Das Paket wurde gestern an Ihre Adresse geschickt und kommt in den nächsten Tagen an."
    found = run(MixedLanguages(), pairs([*english, german]))
    assert codes(found) == {"mixed_languages": (1, (31,))}
    assert "de" in found[0].message
    assert run(MixedLanguages(), pairs(english)) == []
    assert run(MixedLanguages(), pairs([*english, *([german] * 20)])) == []


def test_an_answer_that_repeats_the_question(run: Run) -> None:
    rows = [row(1, ("user", "same"), ("assistant", "same")), *pairs(["other"])]
    assert codes(run(EchoedQuestions(), rows)) == {"answer_repeats_question": (1, (1,))}


def test_hardly_ever_another_answer(run: Run) -> None:
    varied = [f"a sentence of its own, number {n}" for n in range(2)]
    found = run(
        ConstantAnswer(), pairs([*(["I do not know that yet."] * 38), *varied]), Task(kind="text")
    )
    assert codes(found)["constant_answer"][0] == 38


def test_labels_with_a_slip_of_the_pen_but_not_with_another_figure(run: Run) -> None:
    answers = ["card_lost"] * 30 + ["card_losst"] + ["level 1"] * 20 + ["level 2"] * 2
    found = run(LabelSpelling(), pairs(answers))
    assert codes(found) == {"label_spelling": (1, (31,))}
    assert "card_lost / card_losst" in found[0].message


def test_too_few_rows_say_what_to_expect() -> None:
    check = FewRows()
    (sixty,) = check.findings(60, Task(kind="text"))
    assert "15 of them test it" in sixty.message
    assert "25 points" in sixty.message  # 98 / sqrt(15)
    (labels,) = check.findings(300, Task(kind="labels", labels=tuple("abcdefgh" * 5)))
    assert "fewer than 10 for each" in labels.message
    assert list(check.findings(300, Task(kind="text"))) == []


def test_near_copies_and_overlap_with_an_evaluation(run: Run) -> None:
    asked = "how do I change the address of a parcel that is on its way to {}"
    cities = ("Berlin in Germany", "Lisbon in Portugal", "Cairo in Egypt", "Lima in Peru")
    rows = [row(n, ("user", asked.format(city)), A) for n, city in enumerate(cities, 1)]
    copy = row(9, ("user", asked.format(cities[0]).upper() + "!!"), A)
    other = row(10, ("user", "when does the shop on the corner open its doors on sundays"), A)
    assert codes(run(NearDuplicates(), [*rows, copy, other]))["near_duplicates"][0] >= 1
    overlap = EvaluationOverlap([copy], "eval.jsonl", "eval.jsonl")
    (found,) = run(overlap, [*rows, other])
    assert 1 in found.lines
    assert 10 not in found.lines
    assert found.remedies == ("remove_overlap=eval.jsonl",)


def test_private_things_are_counted_and_never_shown(run: Run) -> None:
    mail, key = "anna.berg@firma-nord.de", "ghp_" + "a1B2" * 9
    rows = pairs([f"write to {mail}", "or call +44 20 7946 0958", f"key {key}", "order 123456789"])
    (found,) = run(PersonalData(), rows)
    assert (found.count, found.lines) == (2, (1, 2))
    assert mail not in found.model_dump_json()
    (secret,) = run(Secrets(), rows)
    assert (secret.count, secret.lines) == (1, (3,))
    assert key not in secret.model_dump_json()


def test_checks_of_records_see_splits_groups_licences_and_keys() -> None:
    split, groups, licences, keys = SplitLeaks(), Groups(), LicenceNotes(), MessageKeys()
    for n in range(40):
        made = row(n + 2, ("user", f"a question about thing {n % 39} in {n % 39 * 71} words"), A)
        values = {
            "split": "test" if n == 39 else "train",
            "customer_id": f"c{n // 4}",
            "licence": "CC BY-NC 4.0" if n < 3 else "CC0",
            "messages": [{"role": "user", "content": "x", "contnet": "typo"}] if n == 5 else [],
        }
        for check in (split, groups, licences, keys):
            check.see(Record(n + 2, values), made)
    task = Task(kind="text")
    assert codes(list(split.findings(40, task))) == {"leak_between_splits": (1, (41,))}
    assert codes(list(groups.findings(40, task)))["groups"][0] == 40
    assert codes(list(licences.findings(40, task))) == {"licence_limits": (3, (2, 3, 4))}
    (named,) = keys.findings(40, task)
    assert "contnet" in named.message


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("So it goes.\n© 2019 A. Writer", 1),
        ("All Rights Reserved", 1),
        ("COPYRIGHT 2020 by the house", 1),
        ("(c) 2021 the house", 1),
        ("Released under CC BY-NC", 1),
        ("You may ask for the copyright office.", 0),
    ],
)
def test_a_line_of_rights_in_a_text_is_told(text: str, found: int) -> None:
    check = LicenceNotes()
    check.see(Record(2, {"answer": text}), row(2, ("user", "a question"), ("assistant", text)))
    told = codes(list(check.findings(1, Task(kind="text"))))
    assert told == ({"copyright_lines": (1, (2,))} if found else {})


def test_a_licence_beside_the_file_is_read(write: Write) -> None:
    path = write("rows.csv", "a,b\n")
    assert licence_beside(path) is None
    write("LICENSE", "\n  Attribution 4.0 International\n")
    found = licence_beside(path)
    assert found is not None
    assert "Attribution 4.0" in found.message


def test_a_licence_of_the_data_goes_first_and_its_limits_are_a_warning(write: Write) -> None:
    path = write("rows.csv", "a,b\n")
    write("LICENSE", "MIT License\n")
    write("DATA_LICENSE", "Attribution-NonCommercial 4.0 International\n")
    found = licence_beside(path)
    assert found is not None
    assert (found.code, found.severity) == ("licence_limits", "warns")
    assert "DATA_LICENSE" in found.message


def test_every_check_says_nothing_of_no_rows_and_every_code_has_its_reason() -> None:
    for make in (*CHECKS, *EXPENSIVE):
        assert list(make().findings(0, Task(kind="text"))) == []
    for make_record in RECORD_CHECKS:
        assert list(make_record().findings(0, Task(kind="text"))) == []
    assert all(reason.endswith(".") for reason in WHY.values())
