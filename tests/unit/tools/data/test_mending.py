"""Files mended: nothing is lost, each application is a version, undo goes back, rows can be traced."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luthier.tools.data.inspect import inspect_file, open_mapped
from luthier.tools.data.mend import automatic, mend, mend_all, pseudonyms_path, undo, write_messages
from luthier.tools.data.model import Inspection
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.data.remedies.preview import preview
from luthier.tools.data.store import load_rows
from luthier.tools.data.trace import trace_row
from luthier.tools.data.versions import load_version, report_on
from luthier.tools.errors import LuthierError
from luthier.tools.progress import Stopped, silent
from luthier.tools.workspace import Workspace, open_workspace
from tests.unit.tools.data.conftest import Write


def turns(question: str, answer: str, role: str = "user") -> dict[str, Any]:
    return {
        "messages": [{"role": role, "content": question}, {"role": "assistant", "content": answer}]
    }


def chat_file(write: Write) -> Path:
    """Thirty good rows, and one of each fault at a known line."""
    rows = [
        turns(f"what is thing {n * 7919}?", f"It is number {n * 31}, as said.") for n in range(30)
    ]
    rows[2] = turns("what is R&amp;D?", "Research.")
    rows[4] = turns("who?", "Ask anna.berg@firma-nord.de about it.")
    rows[6] = turns("where is the cafÃ©?", "Here, in the cafÃ©.", role="hummany")
    rows[8]["messages"].append({"role": "user", "content": "thanks"})
    rows[10] = turns("why?", "As an AI language model, I cannot say.")
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    lines[12] = lines[12][:-1] + ",}"
    lines[14] = lines[14][:50]
    return write("chat.jsonl", "\n".join(lines))


def codes(found: Inspection) -> set[str]:
    return {problem.code for problem in found.problems}


def accounted(found: Inspection) -> bool:
    return found.usable + found.duplicates + found.left_out == found.rows_in


def test_mending_all_rescues_rows_and_loses_none(workspace: Workspace, write: Write) -> None:
    before = inspect_file(chat_file(write))
    assert (before.usable, before.left_out, before.to_agree) == (26, 4, 4)
    after = mend_all(workspace, before)
    assert (after.usable, after.left_out) == (29, 1)
    assert accounted(before)
    assert accounted(after)
    assert codes(after) - {"few_rows"} == {"broken_json", "personal_data", "refusals"}
    assert automatic(after) == []
    assert "fix_mojibake" in after.mapping.remedies  # came to light once the role was mended


def test_each_mending_is_a_version_and_undo_goes_back_one_by_one(
    workspace: Workspace, write: Write
) -> None:
    first = inspect_file(chat_file(write))
    second = mend(workspace, first, ["mend_json", "unescape_entities"])
    third = mend(workspace, second, ["drop_refusals"])
    ids = [report_on(each).version for each in (first, second, third)]
    assert len(set(ids)) == 3
    assert [load_version(workspace, each).parent for each in ids] == ["", ids[0], ids[1]]
    stored = load_version(workspace, ids[2]).report
    assert stored.remedies == ("mend_json", "unescape_entities", "drop_refusals")
    assert {finding.code for finding in stored.findings} == codes(third)
    removed = next(p for p in third.problems if p.code == "removed_by_remedy")
    assert (removed.count, removed.lines, removed.agreed) == (1, (11,), True)
    assert third.to_agree == third.left_out - 1
    assert accounted(third)
    assert undo(workspace, third) == second
    assert undo(workspace, second) == first
    with pytest.raises(LuthierError, match="nothing to undo"):
        undo(workspace, first)


@pytest.mark.parametrize("stage", ["Looking", "Reading", "Finishing the checks"])
def test_stopping_at_any_word_keeps_no_version(
    workspace: Workspace, write: Write, stage: str
) -> None:
    def stop(label: str, _done: float, _total: float) -> None:
        if label.startswith(stage):
            raise Stopped

    before = inspect_file(chat_file(write))
    with pytest.raises(Stopped):
        mend_all(workspace, before, progress=stop)
    with workspace.database() as database:
        assert list(database.query("select id from data_versions")) == []


def test_nothing_is_shown_that_is_not_done(workspace: Workspace, write: Write) -> None:
    path = chat_file(write)
    before = inspect_file(path)
    source = open_mapped(path, before.mapping, None, silent)
    names = ["fix_roles", "fix_mojibake", "drop_refusals"]
    roles, mojibake, refusals = preview(source, before.mapping, names)
    assert (roles.rescued, roles.changed) == (1, 0)
    assert (mojibake.changed, mojibake.changes[0].source.line) == (1, 7)
    assert "cafÃ©" in mojibake.changes[0].before
    assert "café" in mojibake.changes[0].after
    assert (refusals.removed, refusals.changes[0].after) == (1, "")
    after = mend(workspace, before, names)
    assert after.usable == before.usable + roles.rescued - refusals.removed


def test_a_prepared_row_leads_back_to_its_line_and_every_step(
    workspace: Workspace, write: Write
) -> None:
    path = chat_file(write)
    after = mend_all(workspace, inspect_file(path))
    info = prepare_dataset(workspace, path, after.mapping, leave_out_unusable=True)
    rows = [
        row
        for split in ("train", "validation", "test")
        for row in load_rows(workspace, info.id, split)
    ]  # type: ignore[arg-type]
    assert len(rows) == after.usable
    lines = path.read_text(encoding="utf-8").splitlines()
    for row in rows:
        traced = trace_row(workspace, info.id, row.id)
        assert (traced.source.line, traced.row) == (row.source.line, row.id)
        if not any(step.remedy == "mend_json" for step in traced.steps):
            assert traced.record == json.loads(lines[row.source.line - 1])
    mended = next(row for row in rows if row.source.line == 7)
    traced = trace_row(workspace, info.id, mended.id[:8])
    assert [step.remedy for step in traced.steps] == ["fix_roles", "fix_mojibake"]
    assert traced.steps[0].before == ""
    assert "hummany" in str(traced.record)
    assert traced.messages == mended.messages
    assert (
        trace_row(workspace, info.id, "test:1").row == load_rows(workspace, info.id, "test")[0].id
    )
    with pytest.raises(LuthierError, match="no row"):
        trace_row(workspace, info.id, "test:999")
    path.write_text("other", encoding="utf-8")
    assert (
        "changed" in trace_row(workspace, info.id, "1").remark
        or not trace_row(workspace, info.id, "1").record
    )


def test_other_remedies_make_another_data_set_and_the_same_ones_the_same(
    tmp_path: Path, write: Write
) -> None:
    path = chat_file(write)
    found = inspect_file(path)
    ids = []
    for name in ("one", "two"):
        home = open_workspace(tmp_path / name)
        after = mend(home, found, ["mend_json", "pseudonymise"])
        info = prepare_dataset(home, path, after.mapping, leave_out_unusable=True)
        ids.append((info.id, [row.id for row in load_rows(home, info.id, "train")]))
        plain = prepare_dataset(home, path, found.mapping, leave_out_unusable=True)
        assert plain.id != info.id
    assert ids[0] == ids[1]


def test_the_table_of_pseudonyms_is_private_and_apart_from_the_data(
    workspace: Workspace, write: Write
) -> None:
    path = chat_file(write)
    after = mend(workspace, inspect_file(path), ["pseudonymise"])
    kept = pseudonyms_path(workspace, report_on(after).version)
    assert json.loads(kept.read_text()) == {"[EMAIL_1]": "anna.berg@firma-nord.de"}
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    info = prepare_dataset(workspace, path, after.mapping, leave_out_unusable=True)
    written = "".join(p.read_text() for p in (workspace.datasets / info.id).iterdir())
    assert "anna.berg" not in written
    assert "[EMAIL_1]" in written


def test_overlap_with_an_evaluation_is_found_and_left_out(
    workspace: Workspace, write: Write
) -> None:
    from luthier.tools.data.checks.evaluation_overlap import EvaluationOverlap
    from luthier.tools.data.held_out import held_out_rows

    path = chat_file(write)
    evaluation = write("eval.csv", "question\nWhat is thing 7919!\nsomething else entirely here\n")
    check = EvaluationOverlap(held_out_rows(evaluation), str(evaluation), evaluation.name)
    found = inspect_file(path, also=[check])
    overlap = next(p for p in found.problems if p.code == "overlap_with_evaluation")
    assert 2 in overlap.lines
    after = mend(workspace, found, overlap.remedies)
    assert after.usable == found.usable - overlap.count
    assert accounted(after)


def test_mended_rows_are_written_as_messages_and_never_over_a_file(
    workspace: Workspace, write: Write, tmp_path: Path
) -> None:
    after = mend_all(workspace, inspect_file(chat_file(write)))
    out = tmp_path / "out.jsonl"
    assert write_messages(after, out) == after.usable
    again = inspect_file(out)
    assert (again.usable, again.left_out) == (after.usable, 0)
    with pytest.raises(LuthierError, match="that name"):
        write_messages(after, out)


def test_the_expensive_checks_look_at_as_many_rows_as_they_may(write: Write) -> None:
    path = chat_file(write)
    none, few, every = (inspect_file(path, closely=rows) for rows in (0, 2, 1000))
    assert [each.looked_closely for each in (none, few, every)] == [0, 2, every.usable]
    assert "personal_data" not in codes(none) | codes(few)
    assert "personal_data" in codes(every)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.sampled_from(["user", "assistant", "system", "tool", "hummany", "", None]),
                st.one_of(
                    st.text(max_size=30), st.none(), st.sampled_from(["<s>x", "a&amp;b", " "])
                ),
            ),
            max_size=5,
        ),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_the_turns_mending_everything_accounts_for_every_row(
    tmp_path: Path, conversations: list[list[tuple[str | None, str | None]]]
) -> None:
    rows = [
        {"messages": [{"role": role, "content": text} for role, text in each]}
        for each in (*conversations, [("user", "q"), ("assistant", "a")])
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    workspace = open_workspace(tmp_path / "home")
    found = inspect_file(path)
    assert accounted(found)
    names = [name for problem in found.problems for name in problem.remedies]
    if names:
        assert accounted(mend(workspace, found, names))
