"""Every common encoding reads as the same text, and says which it was."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from luthier.tools.data.encodings import PIECE, mend_text
from luthier.tools.data.inspect import inspect_file
from tests.unit.tools.data.conftest import Write

FRENCH = "question,réponse\nOù est la crème brûlée ?,À la cuisine\nÇa coûte 5 € ?,Déjà payé\n"
RUSSIAN = "вопрос,ответ\nКак дела сегодня?,Хорошо спасибо\nГде мой заказ?,Он уже в пути\n"
JAPANESE = "質問,答え\nこんにちは,やあ元気ですか\n注文はどこですか,配達中です\n"


def first_sample(path: Path) -> tuple[str, str]:
    sample = inspect_file(path).samples[0]
    return sample.prompt, sample.completion


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with byte order mark"),
        ("utf-16", "UTF-16 LE"),
        ("utf-16-le", "UTF-16 LE"),
        ("utf-16-be", "UTF-16 BE"),
        ("utf-32", "UTF-32 LE"),
        ("cp1252", "Windows-1252 (Latin-1)"),
    ],
)
def test_western_text_in_every_encoding(write: Write, encoding: str, name: str) -> None:
    path = write("fr.csv", FRENCH, encoding)
    found = inspect_file(path)
    assert found.encoding == name
    assert found.encoding_reason
    assert found.columns == ("question", "réponse")
    assert first_sample(path) == ("Où est la crème brûlée ?", "À la cuisine")


def test_utf16_big_endian_with_mark(write: Write) -> None:
    path = write("be.csv", codecs.BOM_UTF16_BE + FRENCH.encode("utf-16-be"))
    assert inspect_file(path).encoding == "UTF-16 BE"
    assert first_sample(path)[1] == "À la cuisine"


def test_one_accent_in_latin1_is_enough(write: Write) -> None:
    path = write("tiny.csv", "q,a\ncafé,yes\nb,no\n", "latin-1")
    assert first_sample(path) == ("café", "yes")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r"), (JAPANESE, "shift_jis")],
)
def test_other_alphabets(write: Write, text: str, encoding: str) -> None:
    path = write("other.csv", text, encoding)
    expected = tuple(text.splitlines()[1].split(","))
    assert first_sample(path) == expected


def test_an_emoji_written_as_surrogate_halves_is_joined_and_accents_survive(write: Write) -> None:
    halves = bytes.fromhex("eda0bcedbd95")  # U+1F355 as CESU-8
    path = write("pizza.csv", "q,a\nCita Romántica ".encode() + halves + b",pizza\nb,c\n")
    found = inspect_file(path)
    assert found.encoding == "UTF-8 (CESU-8)"
    assert "surrogate" in found.encoding_reason
    assert first_sample(path)[0] == "Cita Romántica 🍕"


def test_one_damaged_byte_does_not_turn_utf8_to_mojibake(write: Write) -> None:
    rows = "".join(f"émigré déjà vu {n},à côté\n" for n in range(30))
    path = write("hurt.csv", ("q,a\n" + rows).encode() + b"caf\xff,broken\n")
    found = inspect_file(path)
    assert found.encoding == "UTF-8 (damaged)"
    assert first_sample(path)[0] == "émigré déjà vu 0"
    damaged = next(p for p in found.problems if p.code == "damaged_characters")
    assert damaged.lines == (32,)
    assert not damaged.leaves_out


def test_a_character_across_the_border_of_two_pieces(write: Write) -> None:
    filler = "x" * (PIECE - len("q,a\n") - 1)
    path = write("long.csv", f"q,a\n{filler}é,b\nc,d\n")
    assert inspect_file(path).encoding == "UTF-8"


@pytest.mark.parametrize("before", range(1, 6))
def test_halves_of_an_emoji_across_the_border_of_two_pieces(write: Write, before: int) -> None:
    filler = b"x" * (PIECE - len(b"q,a\n") - before)
    halves = bytes.fromhex("eda0bcedbd95")
    path = write("long.csv", b"q,a\n" + filler + halves + b",b\nc,d\n")
    assert inspect_file(path).encoding == "UTF-8 (CESU-8)"


@pytest.mark.parametrize("end", [b"\xed\xa0", b"\xed\xa0,b\n", b"\xed\xbf\xff,b\n", b"\xed"])
def test_the_beginning_of_a_half_alone_is_a_damaged_byte(write: Write, end: bytes) -> None:
    found = inspect_file(write("cut.csv", "q,a\né é é é é é,ä ä ä\nc,d\né".encode() + end))
    assert found.encoding == "UTF-8 (damaged)" or not found.encoding.startswith("UTF-8")
    assert found.usable >= 2


def test_lone_halves_become_the_replacement_character(write: Write) -> None:
    path = write("lone.jsonl", '{"prompt": "a\\ud800b", "completion": "\\ud83c\\udf55"}\n' * 2)
    assert first_sample(path) == ("a\ufffdb", "🍕")


def test_mend_text_leaves_good_text_alone() -> None:
    assert mend_text("naïve 🍕") == "naïve 🍕"
