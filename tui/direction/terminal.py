"""Whether this terminal orders right-to-left text by itself, told by its environment.

Terminals differ and cannot be asked. Those built on VTE (GNOME and many others) order each row, but
leave a program that asks for it alone (ECMA-48's bidirectional support mode), which a screen with
columns must, since a row is then several texts. Konsole, mlterm and Apple's Terminal order rows without
such a way out. All others, and what runs in tmux or screen, show characters as they come.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

VARIABLE = "LUTHIER_TEXT_ORDER"
"""``visual`` (Luthier orders) or ``logical`` (the terminal does), whatever the environment says."""

Order = Literal["visual", "logical"]

HANDS_OFF, HANDS_ON = "\x1b[8l", "\x1b[8h"
"""Ask the terminal to show characters as they come, and to order them again."""

FIND_DIRECTION, FORGET_DIRECTION = "\x1b[?2501h", "\x1b[?2501l"
"""Ask VTE to take a paragraph's direction from its first letter, and no longer."""

_VTE_ORDERS_SINCE = 5800


def order_for(*, full_screen: bool, environment: Mapping[str, str] | None = None) -> Order:
    """Who brings the characters into the order in which they are seen."""
    given = os.environ if environment is None else environment
    orders: dict[str, Order] = {"visual": "visual", "logical": "logical"}
    if given.get(VARIABLE) in orders:
        return orders[given[VARIABLE]]
    if given.get("TMUX") or given.get("STY"):
        return "visual"
    if (
        given.get("KONSOLE_VERSION")
        or given.get("MLTERM")
        or given.get("TERM_PROGRAM") == "Apple_Terminal"
    ):
        return "logical"
    return "logical" if orders_when_let(given) and not full_screen else "visual"


@contextmanager
def hands_off() -> Iterator[None]:
    """Within it, a terminal that would order rows shows characters as they come."""
    asks = orders_when_let() and order_for(full_screen=True) == "visual"
    stream = sys.__stdout__
    if not asks or stream is None:
        yield
        return
    stream.write(HANDS_OFF)
    stream.flush()
    try:
        yield
    finally:
        stream.write(HANDS_ON)
        stream.flush()


def orders_when_let(environment: Mapping[str, str] | None = None) -> bool:
    """Whether the terminal orders rows unless it is asked to keep its hands off."""
    given = os.environ if environment is None else environment
    version = given.get("VTE_VERSION", "")
    inside = given.get("TMUX") or given.get("STY")
    return version.isdigit() and int(version) >= _VTE_ORDERS_SINCE and not inside
