"""The main moments of a conversation as scripted turns, for tests and pictures of the screen."""

from __future__ import annotations

from fakes.session import Step, says

from luthier.agent.events import (
    ApprovalAsked,
    FactsChanged,
    QuestionAsked,
    StageFacts,
    TextDone,
    ToolFinished,
    ToolStarted,
)
from luthier.tools.questions import Approval, Choice, Editable, Lasting, Question
from luthier.tools.views import (
    Bars,
    Callout,
    Curve,
    JobView,
    Plot,
    Sample,
    Samples,
    Setting,
    Settings,
    Table,
    Tokens,
    TokenSpan,
    View,
)

GREETING = (
    "Hello, I am **Luthier**. I find out with you whether a tuned model solves your problem, and "
    "if so I prepare your data, train a small model on this computer and prove on held-out rows "
    "whether it is better than the alternatives."
)
START = Question(
    id="start",
    text="What shall we start with?",
    choices=(
        Choice(id="own", label="Use my own file", detail="CSV, JSON, JSONL or Parquet"),
        Choice(id="shop_tickets", label="Try the built-in example", detail="about 15 minutes"),
        Choice(id="sessions", label="Open a saved session"),
        Choice(id="ask", label="Just ask a question"),
    ),
    default="shop_tickets",
    why="Tuning starts from examples of what you want.",
    placeholder="or type a path such as ~/data/messages.csv",
    allow_back=False,
    wants_file=True,
)
USE_CASE = Question(
    id="use_case",
    text="What should the model do better than today?",
    choices=(
        Choice(id="labels", label="Sort texts into labels", detail="spam or not"),
        Choice(id="structured", label="Turn texts into structured data", detail="JSON"),
        Choice(id="other", label="Something else", detail="say it in your own words"),
    ),
    default="structured",
    why="Tuning changes how a model behaves. It is poor at teaching facts.",
    placeholder="or say it in your own words",
)
LAUNCH = Approval(
    tool="launch_training",
    effect="long_job",
    title="Start the training on this computer",
    details=(
        ("Model", "SmolLM2-135M-Instruct, LoRA of rank 16"),
        ("Time", "7 min to 9 min (measured here), then about 2 min of evaluation"),
        ("Memory", "1.4 GB of 6.2 GB free"),
        ("Disk", "60 MB of 41 GB free"),
        ("Price and privacy", "free; nothing leaves this computer"),
    ),
)
LAUNCH_ALL = LAUNCH.model_copy(
    update={
        "lasting": Lasting(key="launch_training", words="starting trainings on this computer"),
        "editable": (
            Editable(name="changes.epochs", label="epochs", value="3"),
            Editable(name="changes.learning rate", label="learning rate", value="5e-4"),
        ),
    }
)
FACTS = FactsChanged(
    "plan",
    (
        StageFacts("decide", "Decide", "done", ("answer as structured data", "advice: tune")),
        StageFacts(
            "data", "Data", "done", ("tickets.csv", "360 rows: 288 / 36 / 36", "JSON, 4 fields")
        ),
        StageFacts("baseline", "Alternatives", "done", ("base 0 %", "few-shot, 4 examples 31 %")),
        StageFacts("plan", "Plan", "current", ("LoRA rank 16, 3 epochs", "about 8 min")),
        StageFacts("train", "Train", "open"),
        StageFacts("evaluate", "Evaluate", "open"),
        StageFacts("host", "Use it", "open"),
    ),
)
ADVICE = Callout(
    tone="warning",
    headline="Try examples in the prompt first.",
    lines=(
        "You have 10 rows: enough for a prompt, few for tuning.",
        "You have not tried a prompt yet.",
        "Instead: put four of your rows into the prompt.",
    ),
)
MAPPING = Table(
    title="How I read tickets.csv",
    columns=("line", "message (prompt)", "ticket (answer)"),
    rows=(
        ("2", "My parcel 4711 has not come", '{"topic": "delivery", "order": "4711"}'),
        ("3", "The cup was broken [sic]", '{"topic": "damage", "order": null}'),
        ("4", "Where is my refund?", '{"topic": "refund", "order": null}'),
    ),
    notes=("2 rows cannot be used: lines 17 and 203 have no answer.",),
)
LENGTHS = Bars(
    title="Tokens per row",
    labels=("0–31", "32–63", "64–95", "96–127", "128–159"),
    values=(4, 121, 160, 63, 12),
    unit="rows",
    notes=("Longest row: 151 tokens.",),
)
TOKENS = Tokens(
    title="Row 2 exactly as trained",
    spans=(
        TokenSpan(
            status="ignored",
            tokens=("<|im_start|>", "user", "\n", "My", " parcel", " has", " not", " come"),
        ),
        TokenSpan(status="ignored", tokens=("<|im_end|>", "\n", "<|im_start|>", "assistant", "\n")),
        TokenSpan(
            status="trained", tokens=('{"', "topic", '":', ' "', "delivery", '"}', "<|im_end|>")
        ),
        TokenSpan(status="cut", tokens=("\n", "tail")),
    ),
    notes=("7 of 22 tokens are trained.",),
)
PLAN = Settings(
    title="The plan",
    settings=(
        Setting(name="model", value="SmolLM2-135M-Instruct", reason="small enough for any laptop"),
        Setting(name="epochs", value="3", reason="288 rows are few, so each is seen three times"),
        Setting(name="batch size", value="8", reason="fits into memory with room to spare"),
        Setting(name="learning rate", value="5e-4", reason="LoRA wants more than full tuning"),
    ),
    notes=("Say “use 2 epochs” or “rank 32” to change a value.",),
)
VERDICT_TABLE = Table(
    title="36 held-out rows",
    columns=("way", "exact match", "fields right", "valid JSON", "tokens per request"),
    rows=(
        ("base model as is", "0 %", "2 %", "6 %", "148"),
        ("few-shot, 4 examples", "8 %", "31 %", "72 %", "611"),
        ("tuned", "64 %", "88 %", "100 %", "121"),
    ),
    notes=("Fields right: share of the fields that have the right value.",),
    highlight=2,
)
VERDICT = Callout(
    tone="good",
    headline="Ship it: tuning is better by 57 points (95 % interval 46 to 68).",
    lines=("31 rows better, 2 worse, 3 equal.", "A fifth of the tokens per request."),
)
WINS = Samples(
    title="Where tuning won and lost",
    samples=(
        Sample(
            prompt="My parcel 4711 has not come",
            expected='{"topic": "delivery", "order": "4711"}',
            answers=(
                ("base", "I am sorry to hear that your parcel has not come yet."),
                ("tuned", '{"topic": "delivery", "order": "4711"}'),
            ),
            marks=(("base", False), ("tuned", True)),
        ),
        Sample(
            prompt="Where is my refund?",
            expected='{"topic": "refund", "order": null}',
            answers=(
                ("base", '{"topic": "refund", "order": null}'),
                ("tuned", '{"topic": "delivery", "order": null}'),
            ),
            marks=(("base", True), ("tuned", False)),
        ),
    ),
)
CURVES = Plot(
    title="Loss",
    x_label="step",
    y_label="loss per token",
    curves=(
        Curve(
            name="training", x=tuple(range(1, 21)), y=tuple(2.4 / (1 + n / 4) for n in range(20))
        ),
        Curve(name="validation", x=(5, 10, 15, 20), y=(1.5, 1.0, 0.8, 0.75)),
    ),
)


def shows(label: str, *views: View, name: str = "tool") -> list[Step]:
    """A tool that hands over views."""
    call_id = f"call-{label}"
    return [
        ToolStarted(call_id, name, label, {}),
        ToolFinished(call_id, name, True, "done", views),
    ]


def asks(question: Question, event_id: str = "q1") -> list[Step]:
    """A question."""
    return [QuestionAsked(event_id, question)]


WELCOME: list[Step] = [*says(GREETING), *asks(START)]
ADVISE: list[Step] = [*shows("Weighing whether tuning is the right thing", ADVICE), FACTS]
LOOK_AT_DATA: list[Step] = [
    *shows("Reading tickets.csv", MAPPING, LENGTHS),
    TextDone("m2", "I read 360 rows. **Two cannot be used**; I left them out as you agreed."),
]
SHOW_TOKENS: list[Step] = shows("Looking at the tokens", TOKENS)
ASK_TO_LAUNCH: list[Step] = [
    FACTS,
    *shows("Writing the plan", PLAN),
    ApprovalAsked("a1", LAUNCH_ALL),
]
SHOW_VERDICT: list[Step] = [*shows("Comparing", VERDICT_TABLE, VERDICT), FACTS]


def launches(job_id: str) -> list[Step]:
    """A training job with its live card."""
    return [FACTS, *shows("Starting the training", JobView(job_id=job_id))]
