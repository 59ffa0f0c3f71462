"""How long a piece of work will still take."""

from __future__ import annotations

from luthier.tools.progress import Pace


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_time_left_follows_the_pace_of_the_present_piece() -> None:
    clock = Clock()
    pace = Pace(clock)
    assert pace.seconds_left("reading", 0, 100) is None
    clock.now = 0.5
    assert pace.seconds_left("reading", 5, 100) is None  # too early to tell
    clock.now = 10
    assert pace.seconds_left("reading", 50, 100) == 10
    assert pace.seconds_left("reading", 100, 100) is None
    assert pace.seconds_left("writing", 0, 10) is None
    clock.now = 12
    assert pace.seconds_left("writing", 1, 10) == 18
    assert pace.seconds_left("writing", 3, 0) is None
