"""Every seeded fault is found, located and mended as docs/data-doctor.md says."""

from __future__ import annotations

from pathlib import Path

import pytest
from faults.catalogue import FAULTS
from faults.seeds import Fault
from seeded_faults import by_luthier, write_all

from luthier.tools.workspace import open_workspace

PAGE = Path(__file__).resolve().parents[4] / "docs" / "data-doctor.md"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The file of each fault; that the base without one has no findings is asserted on the way."""
    written = write_all(tmp_path_factory.mktemp("seeded") / "files")
    return {fault.name: path for fault, path in written}


@pytest.fixture(scope="module")
def page() -> dict[str, list[str]]:
    """The first cells of the page's lines, by the fault they begin with."""
    text = PAGE.read_text(encoding="utf-8")
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {cells[0]: cells[1:4] for cells in lines}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_seeded_fault_is_found_located_and_mended_as_the_page_says(
    fault: Fault,
    files: dict[str, Path],
    page: dict[str, list[str]],
    tmp_path: Path,
    tiny_model: Path,
) -> None:
    home = open_workspace(tmp_path / "home")
    outcome = by_luthier(home, fault, files[fault.name], tiny_model)
    assert outcome.found
    assert outcome.located or not fault.lines
    located = "yes" if outcome.located else "–"
    assert [f"`{outcome.words}`", located, outcome.mended or "–"] == page[fault.name]


def test_there_are_forty_faults_at_least() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 40
