"""CSV and TSV as people really write them."""

from __future__ import annotations

import pytest

from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.model import Inspection, Mapping
from tests.unit.tools.data.conftest import Write


def lines_of(found: Inspection, code: str) -> tuple[int, ...]:
    return next((p.lines for p in found.problems if p.code == code), ())


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(write: Write, delimiter: str) -> None:
    rows = [("question", "answer"), ("How are you?", "Well"), ("And you?", "Fine")]
    text = "\n".join(delimiter.join(row) for row in rows)
    found = inspect_file(write("x.csv", text))
    assert found.format == ("tsv" if delimiter == "\t" else "csv")
    assert found.columns == ("question", "answer")
    assert (found.rows_in, found.usable) == (2, 2)
    assert found.samples[1].completion == "Fine"


def test_commas_in_a_semicolon_file(write: Write) -> None:
    text = "frage;antwort\nHallo, wie geht es?;Gut, danke\nWas, bitte?;Nichts, gar nichts\n"
    found = inspect_file(write("de.csv", text))
    assert found.samples[0].prompt == "Hallo, wie geht es?"
    assert found.samples[0].completion == "Gut, danke"


def test_line_breaks_inside_quotes_keep_their_line_numbers(write: Write) -> None:
    text = 'q,a\n"one\ntwo\n\nthree",first\nsecond,2\n"x ""quoted"" y",third\n'
    found = inspect_file(write("x.csv", text))
    assert [(s.line, s.prompt) for s in found.samples] == [
        (2, "one\ntwo\n\nthree"),
        (6, "second"),
        (7, 'x "quoted" y'),
    ]


def test_windows_and_old_mac_line_ends(write: Write) -> None:
    for end in ("\r\n", "\r"):
        found = inspect_file(write("x.csv", end.join(["q,a", "one,1", "two,2"])))
        assert (found.usable, found.samples[1].prompt) == (2, "two")


def test_stray_quotes_in_a_tab_file_are_ordinary_characters(write: Write) -> None:
    rows = [f"ham\tmessage number {n}" for n in range(50)]
    rows[10] = 'spam\t"Win a prize now'
    rows[30] = 'ham\t"OK" he said'
    found = inspect_file(write("sms.txt", "\n".join(rows)))
    assert (found.rows_in, found.usable, found.left_out) == (50, 50, 0)
    assert "quotes are ordinary" in found.format_reason


def test_a_quote_that_never_closes_costs_one_line_only(write: Write) -> None:
    rows = [f'"question {n}, please",answer {n}' for n in range(40)]
    rows[5] = '"an open question, never closed,answer'
    rows[20] = '"short open,fine'
    found = inspect_file(write("x.csv", "q,a\n" + "\n".join(rows) + "\n"))
    assert found.rows_in == 40
    assert lines_of(found, "stray_quote") == (7,)
    assert found.usable == 39  # a stray quote in a line of the right width is kept as it is


def test_a_quote_that_swallows_whole_rows_is_noticed(write: Write) -> None:
    rows = [f"question {n},answer {n}" for n in range(40)]
    rows[3] = '"opened,answer 3'
    rows[30] = 'question 30,closed"'
    found = inspect_file(write("x.csv", "q,a\n" + "\n".join(rows) + "\n"))
    assert found.rows_in == 40
    assert found.usable == 40


def test_ragged_rows_are_listed_with_their_lines(write: Write) -> None:
    text = "q,a\none,1\ntoo,many,cells\ntwo,2\nlonely\nthree,3,\n"
    found = inspect_file(write("x.csv", text))
    assert lines_of(found, "ragged") == (3, 5)
    assert (found.rows_in, found.usable, found.left_out) == (5, 3, 2)
    problem = next(p for p in found.problems if p.code == "ragged")
    assert "3 cells where 2 are expected" in problem.message
    assert "quotes" in problem.remedy
    assert problem.example == "too,many,cells"


def test_a_known_header_holds_even_where_most_rows_are_ragged(write: Write) -> None:
    text = "question,answer\n" + "\n".join(f"well, then, what {n}?,a{n}" for n in range(8))
    found = inspect_file(write("x.csv", text + "\nfine?,yes\n"))
    assert found.columns == ("question", "answer")
    assert (found.rows_in, found.usable, found.left_out) == (9, 1, 8)


def test_blank_lines_are_no_rows(write: Write) -> None:
    found = inspect_file(write("x.csv", "\n\nq,a\n\none,1\n   \ntwo,2\n\n"))
    assert (found.rows_in, found.usable) == (2, 2)
    assert [s.line for s in found.samples] == [5, 7]


def test_two_columns_without_a_header(write: Write) -> None:
    rows = [
        f"text about thing {n} that is long enough,{'ham' if n % 3 else 'spam'}" for n in range(9)
    ]
    found = inspect_file(write("x.csv", "\n".join(rows)))
    assert found.columns == ("column 1", "column 2")
    assert found.rows_in == 9
    assert "without a header" in found.format_reason
    assert (found.mapping.prompt, found.mapping.completion) == (("column 1",), "column 2")


def test_the_header_can_be_overruled_both_ways(write: Write) -> None:
    path = write("x.csv", "Berlin,Germany\nParis,France\nRome,Italy\n")
    as_data = Mapping(prompt=("column 1",), completion="column 2", header=False)
    as_names = Mapping(prompt=("Berlin",), completion="Germany", header=True)
    assert inspect_file(path, mapping=as_data).rows_in == 3
    assert inspect_file(path, mapping=as_names).rows_in == 2


def test_repeated_and_empty_column_names_are_made_unique(write: Write) -> None:
    found = inspect_file(
        write("x.csv", "question,answer,,answer\na,b,c,d\ne,f,g,h\n"),
        mapping=Mapping(prompt=("question",), completion="answer", header=True),
    )
    assert found.columns == ("question", "answer", "column 3", "answer (4)")


def test_cells_far_longer_than_the_csv_modules_limit(write: Write) -> None:
    long = "word " * 60_000
    found = inspect_file(write("x.csv", f'q,a\nshort,"{long}"\nb,c\n'))
    assert found.usable == 2


def test_backslash_escapes(write: Write) -> None:
    text = 'q,a\n"say \\"hi\\", please","\\"hi\\""\n"say, twice","ok, ok"\n'
    found = inspect_file(write("x.csv", text))
    assert found.samples[0].prompt == 'say "hi", please'
    assert found.samples[0].completion == '"hi"'


def test_empty_cells_are_never_the_word_none(write: Write) -> None:
    found = inspect_file(write("x.csv", "q,a\none,\n,two\nthree,  \nfour,4\nfive,5\n"))
    assert lines_of(found, "empty_completion") == (2, 4)
    assert lines_of(found, "empty_prompt") == (3,)
    assert found.usable == 2
    assert all("None" not in s.prompt + s.completion for s in found.samples)
