"""The catalogs: every string of the source is in them, translated whole, and compiled."""

from __future__ import annotations

import sys
from importlib import util
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages import Message

from luthier.tools.language import ROOMS, find_language

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def translations() -> ModuleType:
    specification = util.spec_from_file_location("translations", ROOT / "docs" / "translations.py")
    assert specification is not None
    assert specification.loader is not None
    module = util.module_from_spec(specification)
    sys.modules["translations"] = module
    specification.loader.exec_module(module)
    return module


def test_strings_inside_f_strings_are_collected_too(translations: ModuleType) -> None:
    source = (
        """x = f"{a} {_('one')}" + plural("{n} row", "{n} rows", 2) + _("a " "b") + _(unknown)"""
    )
    assert sorted(translations.marked_words(source), key=str) == [
        ("{n} row", "{n} rows"),
        "a b",
        "one",
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_every_string_of_a_room_is_translated(translations: ModuleType, room: str) -> None:
    assert [translations.problems(room, code) for code in translations.codes()] == [
        [] for _code in translations.codes()
    ]


def test_every_catalog_belongs_to_a_language_that_can_be_chosen(translations: ModuleType) -> None:
    assert [find_language(code) is not None for code in translations.codes()] == [True]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (Message("{rows} rows", ""), "not translated"),
        (Message("{rows} rows", "{row} صفوف"), "other fields"),
        (Message("{rows} rows", "صفوف"), "other fields"),
        (Message(("{n} row", "{n} rows"), ("صف", "صفوف")), "2 forms instead of 6"),
        (Message(("{n} row", "{n} rows"), ("{n}", "", "", "", "", "")), "not translated"),
        (Message(("{n} row", "{n} rows"), ("{m}", "1", "2", "3", "4", "5")), "other fields"),
    ],
)
def test_what_is_wrong_with_a_translation_is_said(
    translations: ModuleType, message: Message, said: str
) -> None:
    assert said in translations.problems_of(message, 6)[0]


def test_forms_for_no_one_and_two_may_leave_the_figure_out(translations: ModuleType) -> None:
    forms = ("لا صفوف", "صف واحد", "صفان", "{n} صفوف", "{n} صفا", "{n} صف")

    assert translations.problems_of(Message(("{n} row", "{n} rows"), forms), 6) == []
