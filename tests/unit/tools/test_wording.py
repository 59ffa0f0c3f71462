from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from luthier.tools.wording import minute


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
