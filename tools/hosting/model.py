"""The words of the hosting room: an export, what parity measured of it, a running server."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ExportKind = Literal["adapter", "merged", "gguf", "folder", "ollama", "hub"]
ExportState = Literal["ready", "failed"]
SERVER_FILE = "server.json"
"""Where the job of a running server says how it can be reached, below its output folder."""


class Difference(BaseModel):
    """One prompt that the export answers in other words than the tuned model."""

    model_config = ConfigDict(frozen=True)

    prompt: str
    tuned: str
    export: str


class Parity(BaseModel):
    """An export asked what the tuned model was asked: the same rows, greedily."""

    model_config = ConfigDict(frozen=True)

    rows: int
    identical: float = Field(description="share of answers equal to the tuned model's, 0 to 1")
    alike: float = Field(default=1.0, description="share that at least begin as the tuned model's")
    metric: str = Field(description="the deciding metric of the evaluation")
    score: float = Field(description="of the export on these rows")
    reference: float = Field(description="of the tuned model on the same rows")
    stops: float = Field(description="share of answers that the export ended by itself")
    reference_stops: float
    template_same: bool = Field(description="every prompt is rendered byte for byte the same")
    tokens_per_second: float = 0.0
    memory_bytes: int = 0
    differences: tuple[Difference, ...] = Field(default=(), description="a few, to look at")


class Export(BaseModel):
    """A tuned model taken somewhere; ``ready`` only when every check and the parity passed."""

    model_config = ConfigDict(frozen=True)

    id: str
    session_id: str
    train_job: str
    kind: ExportKind
    precision: str = Field(default="", description="number format, such as Q8_0 or bfloat16")
    name: str = Field(description="of the tuned model, as the plan names it")
    path: str = Field(default="", description="file or folder; a place elsewhere is a name")
    bytes: int = 0
    created_at: str
    state: ExportState
    parity: Parity | None = None
    problems: tuple[str, ...] = Field(default=(), description="why it failed, in plain words")
    notes: tuple[str, ...] = ()
    base_model: str = ""

    @property
    def short_id(self) -> str:
        """The end of the id, which is enough to name it: four letters of its job, and what it is."""
        return self.id[22:] or self.id

    @property
    def title(self) -> str:
        """Kind and precision in a few words, the same in every language: they are names."""
        kinds = {
            "adapter": "LoRA adapter",
            "merged": "merged model",
            "gguf": "GGUF",
            "folder": "stand-alone folder",
            "ollama": "Ollama",
            "hub": "Hugging Face Hub",
        }
        return f"{kinds[self.kind]} {self.precision}".strip()


class Server(BaseModel):
    """A model that answers over HTTP on this computer; its key is in a file, never in here."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="of the job that holds it")
    export_id: str
    title: str
    backend: Literal["transformers", "llama.cpp"]
    model: str = Field(description="the name that requests give")
    url: str = Field(description="such as http://127.0.0.1:8137; the API is below /v1")
    key_file: str
    pid: int
    log: str
    tokens_per_second: float = 0.0
    memory_bytes: int = 0
    identical: float | None = Field(
        default=None, description="share of its first answers equal to the tuned model's"
    )
