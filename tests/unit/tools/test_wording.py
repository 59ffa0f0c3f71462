from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from luthier.tools.wording import minute, times


@pytest.fixture
def in_kathmandu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_kathmandu")
def test_moments_are_shown_as_the_clock_of_the_user_had_them() -> None:
    assert minute("2026-01-02T21:04:59+00:00") == "2026-01-03 02:49"
    assert minute("2026-01-02T21:04:59.123456+00:00") == "2026-01-03 02:49"


@pytest.mark.parametrize(
    ("often", "said"), [(1, "1 time"), (1.0, "1 time"), (1.5, "1.5 times"), (3, "3 times")]
)
def test_how_often(often: float, said: str) -> None:
    assert times(often) == said


@pytest.mark.usefixtures("arabic")
def test_how_often_in_arabic() -> None:
    assert [times(often) for often in (1, 2, 3, 11, 1.5)] == [
        "مرة واحدة",
        "مرتين",
        "3 مرات",
        "11 مرة",
        "1.5 مرة",
    ]
