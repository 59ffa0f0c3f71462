"""The registry of backends: a new one is a file here and a line in ``BACKENDS``."""

from __future__ import annotations

from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.training.backends.autotrain import AUTOTRAIN
from luthier.tools.training.backends.azure import AZURE
from luthier.tools.training.backends.base import Backend
from luthier.tools.training.backends.local import LOCAL
from luthier.tools.training.backends.openai import OPENAI

BACKENDS: tuple[Backend, ...] = (LOCAL, OPENAI, AZURE, AUTOTRAIN)


def backend_of(name: str) -> Backend:
    """The backend of this name.

    Raises:
        LuthierError: there is none (``plan.unknown_backend``).
    """
    for backend in BACKENDS:
        if backend.name == name:
            return backend
    raise LuthierError(
        _("There is no place to train called “{name}”.", name=name),
        remedy=_("Choose among: {names}.", names=", ".join(one.name for one in BACKENDS)),
        place="backend",
        code="plan.unknown_backend",
    )
