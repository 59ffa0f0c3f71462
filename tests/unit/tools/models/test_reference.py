"""Naming a base model: the starter, a folder, a Hub id, and everything that can be wrong."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import pytest
from safetensors.numpy import load_file, save_file

from luthier.tools.errors import LuthierError
from luthier.tools.models.reference import resolve_model
from luthier.tools.workspace import Workspace


def edit_config(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.fixture
def model(tiny_model: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return shutil.copytree(tiny_model, tmp_path / "my-model")


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty Hub cache, so that no test sees or touches the user's."""
    cache = tmp_path / "hub"
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))
    return cache


def refusal(workspace: Workspace, model_id: str, **options: Any) -> LuthierError:
    with pytest.raises(LuthierError) as caught:
        resolve_model(workspace, model_id, **options)
    assert caught.value.remedy
    return caught.value


def test_a_folder_is_described_without_loading_it(workspace: Workspace, model: Path) -> None:
    reference = resolve_model(workspace, f" {model} ")
    weights = load_file(model / "model.safetensors")
    assert reference.parameters == sum(weight.size for weight in weights.values())
    assert (reference.name, reference.folder) == ("my-model", model)
    assert (reference.layers, reference.hidden_size, reference.intermediate_size) == (2, 64, 128)
    assert (reference.attention_heads, reference.key_value_heads) == (4, 2)
    assert (reference.vocabulary, reference.context_length) == (600, 512)
    assert reference.tied_embeddings


def test_the_revision_changes_with_the_weights(workspace: Workspace, model: Path) -> None:
    before = resolve_model(workspace, str(model)).revision
    assert resolve_model(workspace, str(model)).revision == before
    weights = load_file(model / "model.safetensors")
    last = sorted(weights)[-1]
    save_file({**weights, last: weights[last] + 1}, model / "model.safetensors")
    assert resolve_model(workspace, str(model)).revision != before


def test_a_model_in_several_files_is_counted_whole(workspace: Workspace, model: Path) -> None:
    whole = resolve_model(workspace, str(model)).parameters
    weights = load_file(model / "model.safetensors")
    (model / "model.safetensors").unlink()
    names = sorted(weights)
    halves = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for file, members in halves.items():
        save_file({name: weights[name] for name in members}, model / file)
    index = {name: file for file, members in halves.items() for name in members}
    (model / "model.safetensors.index.json").write_text(json.dumps({"weight_map": index}))
    assert resolve_model(workspace, str(model)).parameters == whole
    (model / "b.safetensors").unlink()
    assert "b.safetensors is missing" in refusal(workspace, str(model)).why


def test_the_licence_is_read_from_the_model_card(workspace: Workspace, model: Path) -> None:
    (model / "README.md").write_text("---\nlicense: mit\nlanguage: en\n---\n# Model\n")
    assert resolve_model(workspace, str(model)).licence == "mit"


def cut_weights(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def pickled_weights(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


SPOILERS: list[tuple[Callable[[Path], object], str]] = [
    (cut_weights, "model.damaged"),
    (lambda folder: (folder / "model.safetensors").write_bytes(b"PK\3\4" * 8), "model.damaged"),
    (lambda folder: (folder / "model.safetensors").write_bytes(b""), "model.damaged"),
    (lambda folder: (folder / "config.json").write_text('{"model_type"'), "model.damaged"),
    (lambda folder: (folder / "config.json").write_text("[]"), "model.damaged"),
    (lambda folder: edit_config(folder, num_hidden_layers=None), "model.damaged"),
    (lambda folder: (folder / "config.json").unlink(), "model.not_found"),
    (lambda folder: (folder / "tokenizer.json").unlink(), "model.no_tokenizer"),
    (pickled_weights, "model.not_supported"),
    (lambda folder: edit_config(folder, architectures=["BertForMaskedLM"]), "model.not_supported"),
    (
        lambda folder: edit_config(folder, model_type="own", auto_map={"AutoModel": "own.py"}),
        "model.needs_code",
    ),
]


@pytest.mark.parametrize(("spoil", "code"), SPOILERS)
def test_unusable_folders_are_refused_with_a_way_out(
    spoil: Callable[[Path], object], code: str, workspace: Workspace, model: Path
) -> None:
    spoil(model)
    assert refusal(workspace, str(model)).code == code


def test_a_built_in_family_may_bring_code_that_is_not_used(
    workspace: Workspace, model: Path
) -> None:
    edit_config(model, auto_map={"AutoModelForCausalLM": "modeling.py"})
    assert resolve_model(workspace, str(model)).layers == 2


def test_names_that_mean_nothing_are_refused(workspace: Workspace) -> None:
    for name in ("no-such-thing", "/no/such/folder", "a/b/c", "../up"):
        assert refusal(workspace, name).code == "model.not_found"


def test_the_starter_that_was_never_made_is_told(workspace: Workspace) -> None:
    assert refusal(workspace, "starter").code == "model.starter_missing"


def test_a_hub_that_cannot_be_reached_names_the_alternatives(
    workspace: Workspace, hub_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    told = refusal(workspace, "owner/model")
    assert told.code == "model.hub_unreachable"
    assert "starter" in told.remedy
    assert "folder" in told.remedy


def test_without_leave_to_download_nothing_is_fetched(
    workspace: Workspace, hub_cache: Path
) -> None:
    assert refusal(workspace, "owner/model", download=False).code == "model.not_downloaded"


class _Hub(BaseHTTPRequestHandler):
    """The Hub's answers to requests for models that may not be read or do not exist."""

    def do_GET(self) -> None:
        if "pickled" in self.path:
            self.answer(200, "", b'{"id": "o/pickled", "siblings": [{"rfilename": "model.bin"}]}')
            return
        status, code = (403, "GatedRepo") if "gated" in self.path else (404, "RepoNotFound")
        self.answer(status, code, b"{}")

    def answer(self, status: int, code: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("HF_ENDPOINT", address)
        yield
        server.shutdown()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("gated", "model.gated"),
        ("gone", "model.not_found"),
        ("pickled", "model.not_supported"),
    ],
)
def test_hub_models_that_cannot_be_used_are_told_apart(
    name: str, code: str, workspace: Workspace, hub_cache: Path, hub: None
) -> None:
    told = refusal(workspace, f"owner/{name}")
    assert told.code == code
    assert "starter" in told.remedy


def test_a_hub_model_in_the_cache_needs_no_network(
    workspace: Workspace, tiny_model: Path, hub_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = hub_cache / "models--owner--tiny"
    shutil.copytree(tiny_model, repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    reference = resolve_model(workspace, "owner/tiny")
    assert (reference.name, reference.revision, reference.layers) == ("tiny", commit, 2)
    (repository / "snapshots" / commit / "model.safetensors").unlink()
    assert refusal(workspace, "owner/tiny").code == "model.hub_unreachable"  # it asks for the rest
