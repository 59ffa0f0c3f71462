"""What a tool does to the world, which decides whether the user is asked first."""

from __future__ import annotations

from enum import StrEnum


class Effect(StrEnum):
    """The strongest effect of a tool; everything below ``WRITES_HOME`` needs an explicit yes."""

    READS = "reads"
    WRITES_HOME = "writes_home"
    WRITES_OUTSIDE = "writes_outside"
    LONG_JOB = "long_job"
    NETWORK = "network"
    UPLOAD = "upload"
    MONEY = "money"
    DELETES = "deletes"

    @property
    def needs_approval(self) -> bool:
        """Whether the graph must ask before the tool runs."""
        return self not in (Effect.READS, Effect.WRITES_HOME)
