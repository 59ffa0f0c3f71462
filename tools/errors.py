"""The one error type that reaches people.

Every failure a user can cause or suffer is raised as :class:`LuthierError` with what happened, why,
and what to do next. Anything else that escapes is a bug and is logged, not shown.
"""

from __future__ import annotations

from luthier.tools.language import _


class LuthierError(Exception):
    """A failure in plain words.

    Args:
        what: one sentence saying what happened.
        why: the cause, where it is known.
        remedy: what the user can do next.
        place: file, line, column or field, such as ``orders.csv, line 17``.
        code: a short stable name for scripts and tests, such as ``data.empty_file``.
    """

    def __init__(
        self,
        what: str,
        *,
        why: str = "",
        remedy: str = "",
        place: str = "",
        code: str = "error",
    ) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.remedy = remedy
        self.place = place
        self.code = code

    def as_text(self) -> str:
        """The whole message as the user reads it, one thought per line."""
        head = f"{self.what} ({self.place})" if self.place else self.what
        return "\n".join(part for part in (head, self.why, self.remedy) if part)

    def as_dict(self) -> dict[str, str]:
        """The same as data, for job folders and ``--json`` output."""
        return {
            "what": self.what,
            "why": self.why,
            "remedy": self.remedy,
            "place": self.place,
            "code": self.code,
        }

    @classmethod
    def from_dict(cls, data: dict[str, str]) -> LuthierError:
        """Rebuild an error written by :meth:`as_dict` (a worker process reports this way)."""
        return cls(
            data.get("what", _("Something went wrong.")),
            why=data.get("why", ""),
            remedy=data.get("remedy", ""),
            place=data.get("place", ""),
            code=data.get("code", "error"),
        )
