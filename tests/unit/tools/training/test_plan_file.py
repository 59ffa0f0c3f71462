"""A plan survives its file, and a broken file is told with line and field."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.plans import propose
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from luthier.tools.errors import LuthierError
from luthier.tools.training.changes import change_plan
from luthier.tools.training.plan_file import load_plan, save_plan


def test_a_plan_comes_back_as_it_was(tmp_path: Path) -> None:
    plan = change_plan(propose(), {"lr": 3e-5, "name": "Grüße: «№ 1» # no comment"})
    path = tmp_path / "plan.yaml"
    save_plan(plan, path)
    assert load_plan(path) == plan
    assert "luthier run plan.yaml" in path.read_text()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=60), rate=st.floats(1e-12, 1, exclude_min=True))
def test_any_name_and_rate_come_back(tmp_path: Path, name: str, rate: float) -> None:
    clean = name.encode("utf-8", "ignore").decode()
    plan = propose().model_copy(update={"name": clean})
    plan = change_plan(plan, {"lr": rate})
    save_plan(plan, tmp_path / "plan.yaml")
    assert load_plan(tmp_path / "plan.yaml") == plan


def failure(path: Path) -> LuthierError:
    with pytest.raises(LuthierError) as caught:
        load_plan(path)
    return caught.value


def edited(tmp_path: Path, old: str, new: str) -> Path:
    path = tmp_path / "plan.yaml"
    save_plan(propose(), path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


def test_a_file_from_before_there_were_other_places_is_for_this_computer(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    save_plan(propose(), path)
    new = YAML(typ="safe").load(path)
    old = {name: value for name, value in new.items() if name not in ("backend", "hosted")}
    assert set(new) - set(old)
    YAML(typ="safe").dump(old, path)
    loaded = load_plan(path)
    assert loaded == propose()
    assert loaded.backend == "local"


def test_a_wrong_value_names_line_and_field(tmp_path: Path) -> None:
    path = edited(tmp_path, "rank: 16", "rank: plenty")
    line = 1 + path.read_text().splitlines().index("  rank: plenty")
    error = failure(path)
    assert error.code == "plan.wrong_field"
    assert f"line {line}, field lora.rank" in error.place


def test_an_unknown_field_is_named(tmp_path: Path) -> None:
    error = failure(edited(tmp_path, "  rank: 16", "  rank: 16\n  rang: 8"))
    assert "unknown field: lora.rang" in error.what


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    error = failure(edited(tmp_path, "name: orders\n", ""))
    assert "name" in error.what


def test_broken_yaml_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text("name: a\nlora: [1, 2\n")
    assert failure(path).code == "plan.not_yaml"
    assert "line" in failure(path).place


@pytest.mark.parametrize("text", ["", "- 1\n- 2\n", "just words"])
def test_something_else_is_not_a_plan(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(text)
    assert failure(path).code == "plan.not_a_plan"


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert failure(tmp_path / "none.yaml").code == "plan.not_readable"
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    assert failure(tmp_path / "bytes.yaml").code == "plan.not_readable"
    assert failure(tmp_path).code == "plan.not_readable"


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(LuthierError) as caught:
        save_plan(propose(), tmp_path / "none" / "plan.yaml")
    assert caught.value.code == "plan.not_written"


def test_no_code_hides_in_a_plan(tmp_path: Path) -> None:
    path = edited(tmp_path, "name: orders", "name: !!python/object/apply:os.system [echo]")
    assert failure(path).code.startswith("plan.")
