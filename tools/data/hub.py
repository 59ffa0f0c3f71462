"""Data sets from the Hugging Face Hub: their files of rows and their card, fetched once.

Only files of rows and README.md are fetched: no Python code, so data sets that are made by a script
are taken from the Parquet copy that the Hub keeps of many, or refused.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from luthier.tools.errors import LuthierError
from luthier.tools.hub_address import hub_address, hub_place
from luthier.tools.hub_failures import Wanted, hub_failures
from luthier.tools.language import _
from luthier.tools.models.hub import is_hub_id
from luthier.tools.progress import Progress, Stopped, silent
from luthier.tools.workspace import Workspace

_ROWS = (".parquet", ".jsonl", ".json", ".csv", ".tsv", ".arrow", ".ndjson", ".txt",
         ".jsonl.gz", ".json.gz", ".csv.gz", ".jsonl.zst")  # fmt: skip
_PARQUET_COPY = "refs/convert/parquet"
_MOST_BYTES = 5 << 30
_DONE = ".fetched"
_CARD = "README.md"
_ADDRESS = re.compile(
    r"(?i)(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/datasets/([\w.-]+/[\w.-]+)"
    r"|hf://datasets/([\w.-]+/[\w.-]+)"
    r"|(?:.*\b)?(?:hub |hugging ?face )?data ?set (?:called |named )?[“\"']?([\w.-]+/[\w.-]+)[”\"']?"
    r"(?: (?:from|on) (?:the )?(?:hub|hugging ?face))?[.! ]*$"
)


def hub_dataset_id(text: str) -> str:
    """The id in an address of the Hub or in “data set owner/name”; "" where there is none."""
    found = _ADDRESS.match(text.strip())
    return next((group for group in found.groups() if group), "") if found else ""


def folder_of(workspace: Workspace, dataset: str) -> Path:
    """Where the files of a Hub data set lie once they were fetched."""
    return workspace.home / "hub" / dataset.replace("/", "--")


def is_fetched(workspace: Workspace, dataset: str) -> bool:
    """Whether the data set's files are here."""
    return is_hub_id(dataset) and (folder_of(workspace, dataset) / _DONE).is_file()


def fetch_dataset(workspace: Workspace, dataset: str, progress: Progress = silent) -> Path:
    """The folder with the data set's files, fetched from the Hub where they are not there yet.

    Stopping leaves nothing. Where the connection breaks, whole files are kept for the next attempt.

    Raises:
        LuthierError: ``data.hub_unreachable``, ``data.gated``, ``data.hub_not_found``,
            ``data.too_large`` or ``data.no_rows``; each names what to do instead.
    """
    if not is_hub_id(dataset):
        raise _not_found(dataset)
    folder = folder_of(workspace, dataset)
    if not is_fetched(workspace, dataset):
        label = _("Fetching {dataset}", dataset=dataset)
        progress(label, 0, 0)
        try:
            with hub_failures(_wanted(dataset)):
                _fetch(dataset, folder, label, progress)
        except (KeyboardInterrupt, SystemExit, Stopped):
            shutil.rmtree(folder, ignore_errors=True)
            raise
        (folder / _DONE).touch()
    return folder


def _fetch(dataset: str, folder: Path, label: str, progress: Progress) -> None:
    """One file after another in this thread, because what fetches several at once cannot be stopped."""
    from huggingface_hub import hf_hub_download

    revision, files = _files(dataset)
    total, before = sum(files.values()), 0
    for name, size in files.items():
        hf_hub_download(
            dataset,
            name,
            repo_type="dataset",
            revision=revision,
            local_dir=folder,
            endpoint=hub_address(),
            tqdm_class=_bar_telling(progress, label, before, total),
        )
        before += size
        progress(label, before, total)


def _bar_telling(progress: Progress, label: str, before: int, total: int) -> type[Any]:
    """What the library takes for a bar: it tells ``progress`` of each piece and draws nothing."""
    from tqdm import tqdm

    class Told(tqdm):  # type: ignore[misc]
        def __init__(self, *_: object, **wanted: Any) -> None:
            super().__init__(total=wanted.get("total"), disable=True)
            self._done = 0.0

        def update(self, n: float | None = 1) -> None:
            self._done += n or 0
            progress(label, min(before + self._done, total), total)

    return Told


def _files(dataset: str) -> tuple[str | None, dict[str, int]]:
    """The revision and the files to fetch, of rows and the card, with their bytes."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import RevisionNotFoundError

    hub = HfApi(endpoint=hub_address())
    for revision in (None, _PARQUET_COPY):
        try:
            found = hub.dataset_info(dataset, revision=revision, files_metadata=True)
        except RevisionNotFoundError:
            continue
        sizes = {
            file.rfilename: file.size or 0
            for file in found.siblings or ()
            if file.rfilename.lower().endswith(_ROWS) and "dataset_info" not in file.rfilename
        }
        if sum(sizes.values()) > _MOST_BYTES:
            raise _too_large(dataset, sum(sizes.values()))
        if sizes:
            card = {f.rfilename: f.size or 0 for f in found.siblings or () if f.rfilename == _CARD}
            return found.sha or revision, dict(sorted((sizes | card).items()))
    raise LuthierError(
        _("The data set {dataset} has no files of rows.", dataset=dataset),
        why=_("It is made by a program or holds pictures or sound, which are left alone."),
        remedy=_("Choose one with Parquet, JSONL or CSV files, or export it and give the file."),
        code="data.no_rows",
    )


def _instead() -> str:
    return _(
        "Download its files in a browser and give the folder, copy it from a machine that has it, "
        "or try the built-in example."
    )


def _too_large(dataset: str, size: int) -> LuthierError:
    return LuthierError(
        _("The data set {dataset} is too large to be fetched whole.", dataset=dataset),
        why=_("Its files have {size} GB; at most 5 GB are fetched.", size=f"{size / 1e9:.1f}"),
        remedy=_("Fetch the part you need with its own tools and give the folder."),
        code="data.too_large",
    )


def _wanted(dataset: str) -> Wanted:
    return Wanted(
        name=dataset,
        page=f"{hub_place()}/datasets/{dataset}",
        instead=_instead(),
        unreachable="data.hub_unreachable",
        gated="data.gated",
        unknown=_not_found(dataset),
    )


def _not_found(dataset: str) -> LuthierError:
    return LuthierError(
        _("The Hub knows no data set called {dataset}.", dataset=dataset),
        why=_("The name is misspelt, or the data set is private."),
        remedy=_(
            "Check the spelling on huggingface.co/datasets; ids look like owner/name. Or: {instead}",
            instead=_instead(),
        ),
        code="data.hub_not_found",
    )
