"""Why the Hugging Face Hub gave nothing, in the same words for models and data sets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from luthier.tools.errors import LuthierError
from luthier.tools.language import _


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the Hub.

    Attributes:
        name: the id, ``owner/name``.
        page: where its terms can be accepted, without the scheme.
        instead: a sentence with what to do without the Hub.
        unreachable: code of the error where the Hub does not answer.
        gated: code where it does not let the user read.
        unknown: the error where it knows no such name.
    """

    name: str
    page: str
    instead: str
    unreachable: str
    gated: str
    unknown: LuthierError


@contextmanager
def hub_failures(wanted: Wanted) -> Iterator[None]:
    """Whatever the Hub, its client and the network raise inside comes out in words.

    Raises:
        LuthierError: with one of the codes of ``wanted``.
    """
    from huggingface_hub.errors import (  # type: ignore[attr-defined]  # HTTPError: of its own client
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        HTTPError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        XetDownloadError,
    )

    try:
        yield
    except GatedRepoError as error:
        raise _gated(wanted) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise wanted.unknown from error
    except HfHubHTTPError as error:
        status = error.response.status_code
        if status in (401, 403):
            raise _gated(wanted) from error
        why = _("the Hub answered with status {status}", status=status)
        raise _unreachable(wanted, why) from error
    except (LocalEntryNotFoundError, HTTPError, XetDownloadError, OSError) as error:
        raise _unreachable(wanted, _cause(error)) from error


def _cause(error: BaseException) -> str:
    """The innermost reason, in one line."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return str(error).split("\n", 1)[0] or type(error).__name__


def _unreachable(wanted: Wanted, why: str) -> LuthierError:
    return LuthierError(
        _("The Hub could not be reached, so {name} cannot be fetched.", name=wanted.name),
        why=_("The network says: {why}.", why=why),
        remedy=_("Check the connection and try again. Or: {instead}", instead=wanted.instead),
        code=wanted.unreachable,
    )


def _gated(wanted: Wanted) -> LuthierError:
    return LuthierError(
        _("The Hub does not let you read {name}.", name=wanted.name),
        why=_("Its makers want you to accept their terms first, or it is private."),
        remedy=_(
            "Accept the terms on {page}, then set HF_TOKEN to your token before starting Luthier. "
            "Or: {instead}",
            page=wanted.page,
            instead=wanted.instead,
        ),
        code=wanted.gated,
    )
