"""Keys are found in any text, and in a text that comes in pieces."""

from __future__ import annotations

import itertools
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luthier.tools.logs import log_path, log_to_file
from luthier.tools.secrets import HIDDEN, Scrubber, without_keys
from luthier.tools.workspace import Workspace

KEY = "sk-canary-4f1d9c7b2e-77"


@pytest.mark.parametrize(
    "text",
    [
        f"my key is {KEY}, use it",
        f"Authorization: Bearer {KEY}",
        "hf_abcdefghijklmnopqrstuvwx",
        "AIzaSyA-0123456789abcdefghijklmnopqrstu",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    ],
)
def test_what_has_the_form_of_a_key_is_hidden(text: str) -> None:
    assert HIDDEN in without_keys(text, {})
    assert KEY not in without_keys(text, {})


def test_the_value_of_a_variable_that_is_named_like_a_key_is_hidden() -> None:
    environment = {"MY_API_KEY": "correct horse battery", "HOME_TOKEN": "short", "PLACE": "a b c d"}
    text = "correct horse battery, short, a b c d"
    assert without_keys(text, environment) == f"{HIDDEN}, short, a b c d"


@pytest.mark.parametrize("text", ["task-force of sk-learn", "/data/hf_rows.csv", "rank 32", ""])
def test_other_words_stay(text: str) -> None:
    assert without_keys(text, {}) == text


@given(
    before=st.text(max_size=20),
    after=st.text(max_size=20),
    cuts=st.lists(st.integers(0, 70), max_size=12),
)
def test_a_key_is_found_wherever_the_text_is_cut(before: str, after: str, cuts: list[int]) -> None:
    text = f"{before}{KEY}{after}{KEY[:7]}"
    scrubber = Scrubber(KEY)
    edges = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[a:b] for a, b in itertools.pairwise(edges)]
    shown = "".join(scrubber.feed(piece) for piece in pieces) + scrubber.finish()
    assert shown == text.replace(KEY, HIDDEN)


def test_no_secret_nothing_held_back() -> None:
    assert Scrubber("").feed("sk-") == "sk-"


def test_a_logged_traceback_shows_no_key(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUTHIER_API_KEY", "correct horse battery")
    root = logging.getLogger()
    before = list(root.handlers)
    log_to_file(workspace)
    try:
        try:
            raise ValueError(f"refused: correct horse battery, {KEY}")
        except ValueError:
            logging.getLogger("luthier.test").exception("it failed with %s", KEY)
    finally:
        for handler in [one for one in root.handlers if one not in before]:
            root.removeHandler(handler)
            handler.close()
    written = log_path(workspace).read_text()
    assert "Traceback" in written
    assert written.count(HIDDEN) >= 3
    assert KEY not in written
    assert "horse" not in written
