"""What a training costs and how long it takes: to the cent where a price is known, else unknown."""

from __future__ import annotations

import random
import string
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes.provider.server import Provider

from luthier.tools.data.model import Mapping
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.prices.table import COLUMNS, TABLE
from luthier.tools.training.backends import backend_of
from luthier.tools.training.hosted.price import auto_epochs, dollars_for, forecast
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.plan import DataPlan, EvaluationPlan, Plan
from luthier.tools.training.plan_file import save_plan
from luthier.tools.workspace import Workspace
from luthier.tui.cli import cli

ROW = 1000 + 3 + 1 + 3 + 3
"""Tokens of a row: 4,000 letters and 4 letters, two turns and the row itself by the cookbook's rule."""
TRAINED = 80 * ROW


@pytest.fixture
def long_rows(
    workspace: Workspace, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Plan:
    """A hundred rows of known length, eighty of them to train on, at OpenAI itself."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))  # no tables: letters are counted
    monkeypatch.setenv("OPENAI_API_KEY", "sk-nothing-is-sent-with-this-one")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    chance = random.Random(3)
    lines = ["message,label"]
    for number in range(100):
        text = "".join(chance.choices(string.ascii_lowercase, k=3996))
        lines.append(f"{number:04d}{text},{'yes!' if number % 2 else 'nope'}")
    path = tmp_path / "long.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    mapping = Mapping(prompt=("message",), completion="label")
    fractions = (0.8, 0.1, 0.1)
    info = prepare_dataset(workspace, path, mapping, leave_out_unusable=True, fractions=fractions)
    assert info.train == 80
    data = DataPlan(
        dataset_id=info.id, path=str(path), sha256=info.source_sha256, mapping=info.mapping
    )
    update = {"data": data, "task": info.task, "hosted": HostedPlan(epochs=2)}
    return plan.model_copy(update=update | {"evaluation": EvaluationPlan(metric="exact_match")})


def at(plan: Plan, model: str, **update: object) -> Plan:
    hosted = plan.hosted.model_copy(update={"model": model, **update})
    return plan.model_copy(update={"hosted": hosted})


def own_line(workspace: Workspace, **values: str) -> None:
    """A line of the user's own table."""
    line = dict.fromkeys(COLUMNS, "") | {"kind": "tuning", "source": "https://a.example"}
    fields = line | {"read": "2026-11-20"} | values
    text = ",".join(COLUMNS) + "\n" + ",".join(fields[name] for name in COLUMNS) + "\n"
    (workspace.home / TABLE).write_text(text)


@pytest.mark.parametrize(
    ("model", "epochs", "price"),
    [
        (
            "gpt-4o-2024-08-06",
            2,
            "about $4.04: 161,600 tokens at $25.00 a million (read 2026-06-01",
        ),
        (
            "gpt-4o-mini-2024-07-18",
            10,
            "about $2.42: 808,000 tokens at $3.00 a million (read 2026-",
        ),
        ("gpt-4o-2024-08-06", "auto", "about $6.06: 242,400 tokens at $25.00 a million"),
        ("gpt-4.1-mini-2025-04-14", 2, "unknown: no price of this model is known here"),
        ("gpt-9", 2, "unknown: no price of this model is known here"),
    ],
)
def test_the_price_before_the_yes_is_tokens_times_passes_times_the_dated_price(
    workspace: Workspace, long_rows: Plan, model: str, epochs: int | str, price: str
) -> None:
    there = at(long_rows, model, epochs=epochs)
    details = dict(backend_of("openai").details(workspace, there, None))
    assert details["Price"].startswith(price)
    found = forecast(workspace, there)
    passes = 3 if epochs == "auto" else epochs
    assert (found.rows, found.tokens, found.trained_tokens) == (80, TRAINED, TRAINED * int(passes))


def test_the_time_before_the_yes_is_a_range_that_grows_with_the_tokens(
    workspace: Workspace, long_rows: Plan
) -> None:
    def time(epochs: int) -> str:
        there = at(long_rows, "gpt-4o-2024-08-06", epochs=epochs)
        return dict(backend_of("openai").details(workspace, there, None))["Time"]

    assert time(2).startswith("roughly 12 min to 40 min, the queue included")
    assert time(50).startswith("roughly 50 min to 4 h 32 min, the queue included")


@pytest.mark.parametrize(
    ("rows", "epochs"), [(10, 10), (3, 25), (20, 5), (80, 3), (8_000, 3), (10_000, 2), (30_000, 1)]
)
def test_how_often_the_provider_will_see_the_rows_follows_the_cookbook(
    rows: int, epochs: int
) -> None:
    assert auto_epochs(rows) == epochs


def test_a_price_by_the_hour_is_said_as_such(
    workspace: Workspace, long_rows: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUTHIER_HOME", str(workspace.home))
    own_line(workspace, host="api.openai.com", model="o4-mini", training_hour="100")
    words = forecast(workspace, at(long_rows, "o4-mini")).price_in_words()
    assert words == ("$100.00 for each hour of training (read 2026-11-20); how many is not known")
    assert dollars_for(HostedPlan(model="o4-mini"), 161_600, 1_800) == 50.0
    assert dollars_for(HostedPlan(model="gpt-4o"), 161_600, 1_800) == pytest.approx(4.04)
    assert dollars_for(HostedPlan(model="gpt-9"), 161_600, 1_800) is None


def test_at_azure_the_training_is_priced_or_unknown_and_the_deployment_by_hour_and_month(
    workspace: Workspace, provider: Provider, long_rows: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://mine.openai.azure.com")
    monkeypatch.setenv("LUTHIER_HOME", str(workspace.home))
    azure, model = backend_of("azure"), "gpt-4.1-mini-2025-04-14"

    def details() -> dict[str, str]:
        there = azure.prepared(workspace, at(long_rows, model))
        return dict(azure.details(workspace, there, None))

    before = details()
    assert before["Price of the training"].startswith("unknown: no price of this model is known")
    assert "1.70 US dollars for every hour it exists" in before["Afterwards"]
    assert "about 1,241 a month" in before["Afterwards"]
    own_line(workspace, host="mine.openai.azure.com", model="gpt-4.1-mini", training="1.1")
    words = "about $0.18: 161,600 tokens at $1.10 a million (read 2026-11-20"
    assert details()["Price of the training"].startswith(words)


def test_the_command_line_says_the_same_before_it_asks(
    workspace: Workspace,
    long_rows: Plan,
    tiny_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LUTHIER_HOME", str(workspace.home))
    here = long_rows.model_copy(update={"backend": "local"})
    here.model.id = str(tiny_model)
    save_plan(here, tmp_path / "plan.yaml")
    words = ["run", str(tmp_path / "plan.yaml"), "--backend", "openai"]
    done = CliRunner().invoke(cli, [*words, "--provider-model", "gpt-4o-2024-08-06"], input="n\n")
    assert getattr(done.exception, "code", "") == "cli.declined", done.output
    said = " ".join(done.output.split())
    assert "2027-01-06" in said.split("Price")[0], "the closing comes first"
    assert "about $4.04: 161,600 tokens at $25.00 a million (read 2026-06-01" in said
    assert "roughly 12 min to 40 min" in said
