"""Models from the Hugging Face Hub: found in the local cache, or fetched once.

Only configuration, tokenizer and safetensors files are fetched: no pickles, no Python code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from luthier.tools.errors import LuthierError
from luthier.tools.hub_address import hub_address, hub_place
from luthier.tools.hub_failures import Wanted, hub_failures
from luthier.tools.language import _, mark
from luthier.tools.models.folder import is_whole
from luthier.tools.progress import Progress, silent

_WANTED = ("*.safetensors", "*.json", "*.jinja", "README.md")
_TOKENIZER = ("tokenizer*.json", "special_tokens_map.json", "chat_template*", "config.json")
_UNWANTED = ("*/*", "consolidated*", "original*")
_INSTEAD = mark(
    'Use the starter model (say "starter"), or the path of a model folder that you '
    "copied to this machine."
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A model's files at one commit."""

    folder: Path
    revision: str
    licence: str = ""


def is_hub_id(text: str) -> bool:
    """Whether ``text`` has the form ``owner/name`` of a Hub model."""
    return re.fullmatch(r"\w[\w.-]*/\w[\w.-]*", text) is not None


def find_or_fetch(model_id: str, *, download: bool = True, progress: Progress = silent) -> Snapshot:
    """The model's folder in the Hub cache, fetched if it is not there and ``download`` is True.

    Raises:
        LuthierError: ``model.hub_unreachable``, ``model.gated``, ``model.not_found`` or
            ``model.not_downloaded``; each names what to use instead.
    """
    found = _in_cache(model_id)
    if found:
        return found
    if not download:
        raise LuthierError(
            _("The model {model_id} is not on this machine yet.", model_id=model_id),
            remedy=_("Agree to fetch it, or use the starter model."),
            code="model.not_downloaded",
        )
    return _fetch(model_id, progress)


def find_or_fetch_tokenizer(
    model_id: str, *, download: bool = True, progress: Progress = silent
) -> Path:
    """The folder with the model's tokenizer: of the Hub cache, or fetched without the weights.

    Raises:
        LuthierError: as for :func:`find_or_fetch`, and ``model.no_tokenizer``.
    """
    folder = _tokenizer_in_cache(model_id)
    if folder is None and not download:
        raise LuthierError(
            _("The tokenizer of {model_id} is not on this machine yet.", model_id=model_id),
            remedy=_("Agree to fetch it (a few megabytes), or use the starter model."),
            code="model.not_downloaded",
        )
    if folder is None:
        progress(_("Fetching the tokenizer of {model_id}", model_id=model_id), 0, 0)
        folder = _fetch_files(model_id, _TOKENIZER, needs="tokenizer.json")
    return folder


def _tokenizer_in_cache(model_id: str) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(model_id, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    return folder if (folder / "tokenizer.json").is_file() else None


def _in_cache(model_id: str) -> Snapshot | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(model_id, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    return Snapshot(folder, folder.name) if is_whole(folder) else None


def _fetch(model_id: str, progress: Progress) -> Snapshot:
    progress(_("Fetching {model_id}", model_id=model_id), 0, 0)
    folder = _fetch_files(model_id, _WANTED, needs=".safetensors")
    return Snapshot(folder, folder.name)


def _fetch_files(model_id: str, wanted: tuple[str, ...], *, needs: str) -> Path:
    """The folder of a snapshot with the wanted files, one of which must end in ``needs``."""
    from huggingface_hub import HfApi, snapshot_download

    address = hub_address()
    with hub_failures(_wanted(model_id)):
        # Asked first, because an incomplete copy is returned as it is where the Hub is unreachable.
        files = [file.rfilename for file in HfApi(address).model_info(model_id).siblings or ()]
        if not any(name.endswith(needs) for name in files):
            raise _no_safe_weights(model_id) if needs == ".safetensors" else _no_tokenizer(model_id)
        folder = snapshot_download(
            model_id,
            allow_patterns=list(wanted),
            ignore_patterns=list(_UNWANTED),
            endpoint=address,
        )
    return Path(folder)


def _no_tokenizer(model_id: str) -> LuthierError:
    return LuthierError(
        _("The model {model_id} has no tokenizer.json.", model_id=model_id),
        remedy=_("Choose a model with one. Or: {instead}", instead=_(_INSTEAD)),
        code="model.no_tokenizer",
    )


def _no_safe_weights(model_id: str) -> LuthierError:
    return LuthierError(
        _("The model {model_id} has no weights in the safetensors format.", model_id=model_id),
        why=_("Other formats can run code when they are opened, so Luthier leaves them alone."),
        remedy=_(
            "Choose a version of it with *.safetensors files. Or: {instead}", instead=_(_INSTEAD)
        ),
        code="model.not_supported",
    )


def _wanted(model_id: str) -> Wanted:
    instead = _(_INSTEAD)
    return Wanted(
        name=model_id,
        page=f"{hub_place()}/{model_id}",
        instead=instead,
        unreachable="model.hub_unreachable",
        gated="model.gated",
        unknown=LuthierError(
            _("The Hub knows no model called {model_id}.", model_id=model_id),
            why=_("The name is misspelt, or the model is private."),
            remedy=_("Check the spelling on huggingface.co. Or: {instead}", instead=instead),
            code="model.not_found",
        ),
    )
