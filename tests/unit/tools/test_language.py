"""The language is chosen in a fixed order, sentences are looked up in it, and English costs nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from luthier.tools.errors import LuthierError
from luthier.tools.jobs.environment import job_environment
from luthier.tools.language import (
    VARIABLE,
    _,
    choose_language,
    current_language,
    find_language,
    languages,
    plural,
    use_language,
)
from luthier.tools.workspace import Workspace


@pytest.fixture
def language(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """English again afterwards."""
    monkeypatch.setenv(VARIABLE, "en")
    yield
    use_language("en")


@pytest.mark.parametrize(
    ("saved", "environment", "chosen"),
    [
        ("", {}, "en"),
        ("", {"LANG": "C.UTF-8"}, "en"),
        ("", {"LANG": "ar_EG.UTF-8"}, "ar"),
        ("", {"LANG": "ar_EG.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ("", {"LANG": "ja_JP.UTF-8", "LANGUAGE": "ja:ar:en"}, "ar"),
        ("en", {"LANG": "ar_EG.UTF-8"}, "en"),
        ("ar", {"LANG": "en_US.UTF-8"}, "ar"),
        ("ar", {"LANG": "ar_EG.UTF-8", VARIABLE: "en"}, "en"),
        ("ar", {VARIABLE: "klingon"}, "ar"),
    ],
)
def test_the_variable_goes_before_the_setting_and_the_setting_before_the_locale(
    saved: str, environment: dict[str, str], chosen: str
) -> None:
    assert choose_language(saved, environment).code == chosen


def test_a_language_is_known_by_its_code_and_by_its_own_name() -> None:
    assert [find_language(text) for text in ("AR", "ar-SA", "العربية")] == [languages()[1]] * 3
    assert find_language("xx") is None
    assert find_language("") is None


@pytest.mark.usefixtures("language")
def test_a_sentence_without_a_translation_stays_english_with_its_fields_filled_in() -> None:
    for code in ("en", "ar"):
        use_language(code)
        assert _("{rows} of {all} in {braces}", rows=3, all=4, braces="{x}") == "3 of 4 in {x}"
        assert [plural("{n} q{mark}", "{n} qs{mark}", n, mark="!") for n in (0, 1, 2)] == [
            "0 qs!",
            "1 q!",
            "2 qs!",
        ]
        assert _("a {brace} without values") == "a {brace} without values"


@pytest.mark.usefixtures("language")
def test_an_unknown_language_is_refused_and_the_old_one_kept() -> None:
    with pytest.raises(LuthierError, match="xx") as refused:
        use_language("xx")

    assert "ar (العربية)" in refused.value.remedy
    assert current_language().code == "en"


@pytest.mark.usefixtures("language")
def test_a_job_inherits_the_language(workspace: Workspace) -> None:
    use_language("ar")

    assert job_environment(workspace)[VARIABLE] == "ar"


def test_english_opens_no_catalog_and_loads_no_gettext() -> None:
    code = f"""
import os, sys
os.environ["{VARIABLE}"] = "en"
from luthier.tools.language import _, plural
assert _("{{n}} rows", n=2) + plural("a", "b", 1) == "2 rowsa"
print(sorted({{"gettext", "babel", "bidi"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True)

    assert done.stdout.strip() == "[]", done.stderr
