"""Every question the guide asks, with its choices, its default and the reason for asking."""

from __future__ import annotations

from luthier.tools.data.model import Inspection, TaskKind
from luthier.tools.facts import Facts
from luthier.tools.questions import Choice, Question

START = Question(
    id="start",
    text="What shall we start with?",
    choices=(
        Choice(
            id="own",
            label="Use my own file",
            detail="CSV, TSV, JSON, JSONL or Parquet; or type or paste its path right here",
        ),
        Choice(
            id="shop_tickets",
            label="Try the built-in example",
            detail="a shop's customer messages to JSON tickets, about a quarter of an hour",
        ),
        Choice(
            id="elle",
            label="Try the ten-row example",
            detail="Elle answers in limericks: what ten rows can and cannot do",
        ),
        Choice(id="sessions", label="Open a saved session"),
        Choice(id="ask", label="Just ask a question"),
    ),
    default="shop_tickets",
    why="Tuning starts from examples of what you want. Your own file is best; the built-in example "
    "shows the whole way on data that is known to work.",
    placeholder="or type a path such as ~/data/messages.csv",
    allow_back=False,
    wants_file=True,
)


def file(source: Inspection | None = None) -> Question:
    """Where the data is; the file that was read before comes first."""
    choices = [Choice(id="shop_tickets", label="Take the built-in example instead")]
    if source:
        same = Choice(id="same", label="Read the same file again", detail=source.path)
        choices.insert(0, same)
    return Question(
        id="file",
        text="Where is your file?",
        choices=tuple(choices),
        default=choices[0].id,
        why="I read it where it lies, on this computer. It is not changed and not uploaded.",
        placeholder="type or paste a path, or drag the file into this window",
        wants_file=True,
    )


_USE_CASES = {
    "labels": Choice(
        id="labels", label="Sort texts into labels", detail="spam or not, one of twelve topics"
    ),
    "structured": Choice(
        id="structured",
        label="Turn texts into structured data",
        detail="a request becomes JSON with fixed fields",
    ),
    "style": Choice(
        id="style",
        label="Write in a certain voice or format",
        detail="our tone, our templates, short answers",
    ),
    "new_facts": Choice(
        id="new_facts",
        label="Know facts it does not know",
        detail="our products, our documents, recent events",
    ),
    "other": Choice(id="other", label="Something else", detail="say it in your own words"),
}

_GUESS: dict[TaskKind, str] = {"labels": "labels", "structured": "structured", "text": "style"}


def use_case(source: Inspection | None) -> Question:
    """The use case, with the guess from the data first."""
    guess = _GUESS[source.task.kind] if source else "structured"
    order = [guess, *(name for name in _USE_CASES if name != guess)]
    return Question(
        id="use_case",
        text="What should the model do better than today?",
        choices=tuple(_USE_CASES[name] for name in order),
        default=guess,
        why="Tuning changes how a model behaves: format, voice, sorting. It is poor at teaching "
        "facts, for which looking them up (retrieval) works better. So this decides whether to "
        "tune at all.",
        placeholder="or say it in your own words",
    )


TRIED = Question(
    id="tried",
    text="What have you tried so far to get there without tuning?",
    choices=(
        Choice(id="nothing", label="Nothing yet"),
        Choice(id="prompting", label="Better instructions in the prompt"),
        Choice(id="few_shot", label="Examples in the prompt (few-shot)"),
        Choice(id="retrieval", label="Looking things up (retrieval)"),
    ),
    default="nothing",
    why="A good prompt or a few examples are cheaper than tuning and often enough. I measure them "
    "on your data in any case, so that tuning has something to beat.",
    placeholder="or tell me in your own words",
)

WORTH_CHOICES: dict[str, tuple[float | None, int]] = {
    "nine_of_ten": (0.9, 15),
    "clear_gain": (None, 15),
    "high": (0.95, 60),
    "quick": (None, 5),
}
"""What each choice of :func:`worth` means: criterion (share of right answers) and minutes."""


def worth(source: Inspection | None) -> Question:
    """Benefits and costs in one: when is it good enough, and what may it cost."""
    free_text = source is not None and source.task.kind == "text"
    choices = {
        "nine_of_ten": "Right on 9 of 10 unseen rows, for about 15 minutes of this computer",
        "clear_gain": "Any clear gain over the alternatives, for about 15 minutes",
        "high": "Right on 95 of 100, and it may take an hour",
        "quick": "A first impression within 5 minutes",
    }
    default = "clear_gain" if free_text else "nine_of_ten"
    order = [default, *(name for name in choices if name != default)]
    if free_text:
        order = [name for name in order if name not in ("nine_of_ten", "high")]
    return Question(
        id="worth",
        text="When would it be worth it to you, and how long may this computer work on it?",
        choices=tuple(Choice(id=name, label=choices[name]) for name in order),
        default=default,
        why="The benefit you name becomes the mark that every way of solving the task is measured "
        "against; if a cheap one reaches it, I will tell you to stop there. The cost is time: "
        "nothing is uploaded and no money is spent.",
        placeholder="or say it, such as “80% and half an hour”",
    )


def go_on_regardless(facts: Facts) -> Question:
    """Asked when the advice is not to tune yet."""
    alternatives = facts.advice.alternatives if facts.advice else ()
    stop = alternatives[0] if alternatives else "try the alternatives first"
    return Question(
        id="advice",
        text="How shall we go on?",
        choices=(
            Choice(id="stop", label="Stop here and follow the advice", detail=stop),
            Choice(id="go_on", label="Go on regardless", detail="measuring will tell"),
            Choice(id="change", label="Change an answer"),
        ),
        default="stop",
        why="It is your decision, and it is written down together with the advice.",
    )


def leave_out(source: Inspection) -> Question:
    """Consent to leave unusable rows out."""
    return Question(
        id="leave_out",
        text=f"{source.left_out} of {source.rows_in} rows cannot be used, for the reasons above. "
        "Leave them out?",
        choices=(
            Choice(id="yes", label="Leave them out", detail="your file itself is not changed"),
            Choice(id="mend", label="I will mend the file first"),
        ),
        default="yes",
        why="A row without a prompt or an answer teaches nothing or teaches something wrong. I do "
        "not drop anything of yours without asking.",
    )


def columns(source: Inspection) -> Question:
    """Which column holds the answer, where the guess is unsure."""
    return Question(
        id="mapping",
        text="Which column holds what the model should answer?",
        choices=tuple(Choice(id=name, label=name) for name in source.columns[:12]),
        default=source.mapping.completion or source.columns[-1],
        why="The model learns to produce this column from the others. My guess is not certain.",
        placeholder="or say “prompt column is …, answer column is …”",
    )


def blocked(facts: Facts) -> Question:
    """Rows that cannot be trained as they are."""
    choices = [
        Choice(
            id="set_aside",
            label="Set these rows aside",
            detail="your file is not changed; the report names them",
        ),
        Choice(id="data", label="Go back to the data", detail="mend or shorten the rows"),
    ]
    if facts.plan:
        choices.insert(0, Choice(id="longer", label="Raise the length so that every row fits"))
    return Question(
        id="blocked",
        text="This has to be solved before training. What shall I do?",
        choices=tuple(choices),
        default=choices[0].id,
        why="A row whose answer is cut or never ends teaches the model to do the same.",
        placeholder="or name a length, such as “length 1024”",
    )


STOP_AT_BASELINE = Question(
    id="baseline",
    text="An alternative without tuning already reaches what you asked for. How shall we go on?",
    choices=(
        Choice(id="stop", label="Stop here and use that", detail="cheaper, and nothing to host"),
        Choice(id="go_on", label="Tune regardless", detail="it may still be shorter or better"),
    ),
    default="stop",
    why="Tuning costs time now and care later. If you need neither, the honest advice is to stop.",
)

DECLINED = Question(
    id="declined",
    text="All right, nothing was started. What would you like instead?",
    choices=(
        Choice(id="later", label="Leave it for now", detail="everything is kept"),
        Choice(id="plan", label="See the plan again"),
        Choice(id="data", label="Go back to the data"),
    ),
    default="later",
    why="So that I can prepare what you want instead.",
    placeholder="or change a value: “use 2 epochs”, “rank 32”",
)

STARTER = Question(
    id="starter",
    text="The starter model is not ready on this computer. What shall I do?",
    choices=(
        Choice(id="fetch", label="Make it ready"),
        Choice(id="folder", label="Use a model of my own", detail="type the path of its folder"),
    ),
    default="fetch",
    why="Tuning needs a base model. The starter is small enough for any laptop.",
    placeholder="or the path of a model folder, or a Hub id",
)


def recover(tool: str, label: str) -> Question:
    """After a failure: never a dead end."""
    return Question(
        id=f"recover.{tool}",
        text="What shall I do?",
        choices=(
            Choice(id="retry", label=f"Try again: {label.lower()}"),
            Choice(id="data", label="Go back to the data"),
            Choice(id="later", label="Leave it for now", detail="everything is kept"),
        ),
        default="retry",
        why="Something stood in the way; you may have removed it meanwhile.",
        placeholder="or tell me what to do differently",
    )
