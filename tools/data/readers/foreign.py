"""Guard around libraries that read foreign formats: whatever they raise becomes plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from luthier.tools.errors import LuthierError

_LONGEST = 200


@contextmanager
def guarded(refusal: Callable[[str], LuthierError]) -> Iterator[None]:
    """Turn any failure of a parser inside into ``refusal(why)``.

    Parsers of binary formats raise anything for a mangled file; a Rust one panics, which is no
    ``Exception``. A parser's own words are kept as the reason, on one line.
    """
    try:
        yield
    except (LuthierError, GeneratorExit):
        raise
    except Exception as error:
        raise refusal(first_line(error)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise refusal(first_line(error)) from error


def first_line(error: BaseException) -> str:
    """The error's words on one line without a full stop, or its type where it has none."""
    lines = str(error).strip().splitlines()
    words = lines[0].strip().rstrip(".") if lines else ""
    return words[:_LONGEST] or type(error).__name__
