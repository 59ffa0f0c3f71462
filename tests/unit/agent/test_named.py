"""Which files and models count as named by the user."""

from __future__ import annotations

from pathlib import Path

import pytest

from luthier.agent.named import is_named


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("/data/mail.csv", "look at /data/mail.csv"),
        ("/data/mail.csv", "look at /data/mail.csv."),
        ("/data/mail.csv", "(/data/mail.csv), please"),
        ("/data/my mail.csv", "'/data/my mail.csv'"),
        ("/data/my mail.csv", "/data/my\\ mail.csv"),
        ("/data/my mail.csv", "file:///data/my%20mail.csv"),
        ("mail.csv", "take mail.csv, it is in this folder"),
        (str(Path.home() / "x.csv"), "~/x.csv"),
        ("~/x.csv", str(Path.home() / "x.csv")),
        ("org/model", "use org/model"),
        ("C:/x.csv", "use C:/x.csv!"),
    ],
)
def test_what_was_said_is_named(value: str, words: str) -> None:
    assert is_named(value, words)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "anything"),
        (".", "look at ./mail.csv"),
        ("/", "look at /data/mail.csv"),
        ("/data", "look at /data/mail.csv"),
        ("/data/mail", "look at /data/mail.csv"),
        ("mail", "look at /data/mail.csv"),
        ("mail.csv", "look at /data/mail.csv"),
        ("/etc/passwd", "look at /data/etc/passwd"),
        ("~", "look at ~/mail.csv"),
        ("/data/../etc/passwd", "look at /data/mail.csv and tell me of etc/passwd"),
        ("evil/model", "use other-evil/model"),
        ("model", "use org/model"),
        ("keys.txt", "keys.txt.csv"),
    ],
)
def test_a_part_of_what_was_said_is_not_named(value: str, words: str) -> None:
    assert not is_named(value, words)
