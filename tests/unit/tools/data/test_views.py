"""What people see: every fact is in the pictures, and file content stays plain text."""

from __future__ import annotations

from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.data.views import consent_view, dataset_views, inspection_views
from luthier.tools.views import VIEW_ADAPTER, Callout, Settings, Table, View
from luthier.tools.workspace import Workspace
from tests.unit.tools.data.conftest import Write

TEXT = (
    "question,answer\n"
    + "".join(f"what is {n * 37}?,it is [b]{n}[/b]\n" for n in range(30))
    + "nothing?,\nragged\nwhat is 0?,it is [b]0[/b]\n"
)


def all_text(views: tuple[View, ...]) -> str:
    return "\n".join(view.model_dump_json() for view in views)


def test_an_inspection_shows_format_mapping_rows_and_findings(write: Write) -> None:
    views = inspection_views(inspect_file(write("orders.csv", TEXT, "utf-8-sig")))
    file, samples, findings = views
    assert isinstance(file, Settings)
    assert isinstance(samples, Table)
    assert isinstance(findings, Table)
    values = {setting.name: setting for setting in file.settings}
    assert file.title == "orders.csv"
    assert values["format"].value == "CSV"
    assert "commas" in values["format"].reason
    assert values["encoding"].value == "UTF-8 with byte order mark"
    assert values["rows"].value == "33"
    assert "30 usable, 1 exact duplicate, 2 cannot be used" in values["rows"].reason
    assert values["task"].value == "free text"
    assert len(samples.rows) == 3
    assert samples.rows[0] == ("2", "what is 0?", "it is [b]0[/b]")
    assert "question (question)" in samples.columns
    assert [row[2] for row in findings.rows[:2]] == ["32", "33"]
    assert all(row[3] for row in findings.rows)
    assert "2 rows cannot be used" in findings.notes[0]


def test_consent_names_what_would_be_left_out(write: Write) -> None:
    callout = consent_view(inspect_file(write("orders.csv", TEXT)))
    assert isinstance(callout, Callout)
    assert callout.headline == "2 of 33 rows cannot be used."
    assert "Lines 32" in callout.lines[0]
    clean = "question,answer\n" + "".join(f"q {n},a {n}\n" for n in range(9))
    assert consent_view(inspect_file(write("clean.csv", clean))) is None


def test_a_data_set_accounts_for_every_row(workspace: Workspace, write: Write) -> None:
    info = prepare_dataset(workspace, write("orders.csv", TEXT), None, leave_out_unusable=True)
    counts, split = dataset_views(info)
    assert isinstance(counts, Settings)
    assert isinstance(split, Table)
    values = {setting.name: setting.value for setting in counts.settings}
    assert (values["rows in the file"], values["left out"]) == ("33", "2")
    assert (values["duplicates removed"], values["used"]) == ("1", "30")
    assert sum(int(row[1]) for row in split.rows) == 30
    assert split.notes


def test_every_view_survives_storage(workspace: Workspace, write: Write) -> None:
    path = write("orders.csv", TEXT)
    views = inspection_views(inspect_file(path))
    views += dataset_views(prepare_dataset(workspace, path, None, leave_out_unusable=True))
    for view in views:
        assert VIEW_ADAPTER.validate_json(VIEW_ADAPTER.dump_json(view)) == view


def test_a_guess_is_marked(write: Write) -> None:
    text = "x,y,z\n" + "".join(f"some words {n},other words {n},third {n}\n" for n in range(9))
    assert "guess" in all_text(inspection_views(inspect_file(write("x.csv", text))))


def test_rows_on_one_line_of_the_file_are_named_by_their_number(write: Write) -> None:
    rows = ",".join(f'{{"question":"what is {n}?","answer":""}}' for n in range(30))
    good = ",".join(f'{{"question":"how is {n}?","answer":"fine {n}"}}' for n in range(30))
    findings = inspection_views(inspect_file(write("a.json", f"[{rows},{good}]")))[2]
    assert isinstance(findings, Table)
    assert findings.rows[0][:1] == ("30",)
    assert findings.rows[0][2].startswith("1 (row 1), 1 (row 2), ")
    assert findings.rows[0][2].endswith("1 (row 10), …")
