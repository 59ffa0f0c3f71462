"""Luthier's two themes; every other theme of Textual, ANSI ones included, can be chosen too."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="luthier-dark",
    primary="#d9a066",
    secondary="#8fb0c9",
    accent="#e8c48a",
    warning="#e3b341",
    error="#e5716a",
    success="#7fb877",
    foreground="#e6e1d8",
    background="#16140f",
    surface="#1e1b15",
    panel="#282319",
    dark=True,
)
LIGHT = Theme(
    name="luthier-light",
    primary="#8a5320",
    secondary="#2f5d7c",
    accent="#9a5b14",
    warning="#8f6400",
    error="#ad2f28",
    success="#2f7030",
    foreground="#26221a",
    background="#faf7f1",
    surface="#f1ece2",
    panel="#e6dfd1",
    dark=False,
)
