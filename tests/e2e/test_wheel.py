"""What `pip install .` delivers: every package and data file, under one namespace, and it starts."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    for name in filter(None, tracked):
        if name.split("/")[0] in {"agent", "tools", "tui", "pyproject.toml", "README.md"}:
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, source],
        check=True,
    )
    return next(folder.glob("luthier-*.whl"))


def test_the_wheel_holds_every_module_and_data_file(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        f"luthier/{path.relative_to(ROOT)}"
        for room in ("agent", "tools", "tui")
        for path in (ROOT / room).rglob("*")
        if path.suffix in {".py", ".md", ".tcss", ".csv", ".jsonl", ".j2", ".typed", ".mo"}
        and "__pycache__" not in path.parts
    }

    assert expected - inside == set()
    assert {name.split("/")[0] for name in inside if "dist-info" not in name} == {"luthier"}


def test_the_installed_wheel_starts(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", site, wheel],
        check=True,
    )
    environment = {**os.environ, "PYTHONPATH": str(site), "LUTHIER_HOME": str(tmp_path / "home")}
    code = (
        "import luthier.tools, luthier.tools.data.example as e; "
        "print(luthier.tools.__file__); print(e.example_path('shop_tickets'))"
    )
    where = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    ).stdout.splitlines()
    assert all(line.startswith(str(site)) for line in where)

    version = subprocess.run(
        [sys.executable, "-P", "-m", "luthier.tui.cli", "--version"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert version.stdout.strip().startswith("luthier")
