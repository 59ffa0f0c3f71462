"""Every question the guide asks, with its choices, its default and the reason for asking."""

from __future__ import annotations

from luthier.tools.data.example import is_example
from luthier.tools.data.model import Inspection, TaskKind
from luthier.tools.facts import Facts
from luthier.tools.language import _, mark
from luthier.tools.questions import Choice, Question


def start() -> Question:
    """How a session begins."""
    return Question(
        id="start",
        text=_("What shall we start with?"),
        choices=(
            Choice(
                id="own",
                label=_("Use my own file"),
                detail=_("a table, chat, document or folder; or type or paste its path right here"),
            ),
            Choice(
                id="shop_tickets",
                label=_("Try the built-in example"),
                detail=_("a shop's customer messages to JSON tickets, about a quarter of an hour"),
            ),
            Choice(
                id="elle",
                label=_("Try the ten-row example"),
                detail=_("Elle answers in limericks: what ten rows can and cannot do"),
            ),
            Choice(id="sessions", label=_("Open a saved session")),
            Choice(id="ask", label=_("Just ask a question")),
        ),
        default="shop_tickets",
        why=_(
            "Tuning starts from examples of what you want. Your own file is best; the built-in example "
            "shows the whole way on data that is known to work."
        ),
        placeholder=_("or type a path such as ~/data/messages.csv, or the id of a Hub data set"),
        allow_back=False,
        wants_file=True,
    )


def file(source: Inspection | None = None) -> Question:
    """Where the data is; the file that was read before comes first."""
    choices = [Choice(id="shop_tickets", label=_("Take the built-in example instead"))]
    if source:
        same = Choice(id="same", label=_("Read the same file again"), detail=source.path)
        choices.insert(0, same)
    return Question(
        id="file",
        text=_("Where is your file?"),
        choices=tuple(choices),
        default=choices[0].id,
        why=_("I read it where it lies, on this computer. It is not changed and not uploaded."),
        placeholder=_("type or paste a path, or drag the file into this window"),
        wants_file=True,
    )


_USE_CASES = {
    "labels": Choice(
        id="labels",
        label=mark("Sort texts into labels"),
        detail=mark("spam or not, one of twelve topics"),
    ),
    "structured": Choice(
        id="structured",
        label=mark("Turn texts into structured data"),
        detail=mark("a request becomes JSON with fixed fields"),
    ),
    "style": Choice(
        id="style",
        label=mark("Write in a certain voice or format"),
        detail=mark("our tone, our templates, short answers"),
    ),
    "new_facts": Choice(
        id="new_facts",
        label=mark("Know facts it does not know"),
        detail=mark("our products, our documents, recent events"),
    ),
    "other": Choice(
        id="other", label=mark("Something else"), detail=mark("say it in your own words")
    ),
}


def _in_words(choice: Choice) -> Choice:
    """A choice written before the language was known, in the language in use."""
    return Choice(id=choice.id, label=_(choice.label), detail=_(choice.detail))


_GUESS: dict[TaskKind, str] = {
    "labels": "labels",
    "structured": "structured",
    "sql": "structured",
    "command": "structured",
    "text": "style",
}


def use_case(source: Inspection | None) -> Question:
    """The use case, with the guess from the data first."""
    guess = _GUESS[source.task.kind] if source else "structured"
    order = [guess, *(name for name in _USE_CASES if name != guess)]
    return Question(
        id="use_case",
        text=_("What should the model do better than today?"),
        choices=tuple(_in_words(_USE_CASES[name]) for name in order),
        default=guess,
        why=_(
            "Tuning changes how a model behaves: format, voice, sorting. It is poor at teaching "
            "facts, for which looking them up (retrieval) works better. So this decides whether to "
            "tune at all."
        ),
        placeholder=_("or say it in your own words"),
    )


def tried() -> Question:
    """What was tried without tuning."""
    return Question(
        id="tried",
        text=_("What have you tried so far to get there without tuning?"),
        choices=(
            Choice(id="nothing", label=_("Nothing yet")),
            Choice(id="prompting", label=_("Better instructions in the prompt")),
            Choice(id="few_shot", label=_("Examples in the prompt (few-shot)")),
            Choice(id="retrieval", label=_("Looking things up (retrieval)")),
        ),
        default="nothing",
        why=_(
            "A good prompt or a few examples are cheaper than tuning and often enough. I measure them "
            "on your data in any case, so that tuning has something to beat."
        ),
        placeholder=_("or tell me in your own words"),
    )


USUAL_MINUTES = 10

WORTH_CHOICES: dict[str, tuple[float | None, int]] = {
    "nine_of_ten": (0.9, USUAL_MINUTES),
    "clear_gain": (None, USUAL_MINUTES),
    "high": (0.95, 60),
    "quick": (None, 5),
}
"""What each choice of :func:`worth` means: criterion (share of right answers) and minutes."""


def worth(source: Inspection | None) -> Question:
    """Benefits and costs in one: when is it good enough, and what may it cost."""
    free_text = source is not None and source.task.kind == "text"
    choices = {
        "nine_of_ten": _("Right on 9 of 10 unseen rows, for about 10 minutes of this computer"),
        "clear_gain": _("Any clear gain over the alternatives, for about 10 minutes"),
        "high": _("Right on 95 of 100, and it may take an hour"),
        "quick": _("A first impression within 5 minutes"),
    }
    # The example is there to show what tuning adds; a mark is for those who know their use.
    shown = source is not None and is_example(source.path)
    default = "clear_gain" if free_text or shown else "nine_of_ten"
    order = [default, *(name for name in choices if name != default)]
    if free_text:
        order = [name for name in order if name not in ("nine_of_ten", "high")]
    return Question(
        id="worth",
        text=_("When would it be worth it to you, and how long may this computer work on it?"),
        choices=tuple(Choice(id=name, label=choices[name]) for name in order),
        default=default,
        why=_(
            "The benefit you name becomes the mark that every way of solving the task is measured "
            "against; if a cheap one reaches it, I will tell you to stop there. The cost is time: "
            "nothing is uploaded and no money is spent."
        ),
        placeholder=_("or say it, such as “80% and half an hour”"),
    )


def go_on_regardless(facts: Facts) -> Question:
    """Asked when the advice is not to tune yet."""
    alternatives = facts.advice.alternatives if facts.advice else ()
    stop = alternatives[0] if alternatives else _("try the alternatives first")
    return Question(
        id="advice",
        text=_("How shall we go on?"),
        choices=(
            Choice(id="stop", label=_("Stop here and follow the advice"), detail=stop),
            Choice(id="go_on", label=_("Go on regardless"), detail=_("measuring will tell")),
            Choice(id="change", label=_("Change an answer")),
        ),
        default="stop",
        why=_("It is your decision, and it is written down together with the advice."),
    )


def leave_out(source: Inspection) -> Question:
    """Consent to leave unusable rows out."""
    return Question(
        id="leave_out",
        text=_(
            "{left_out} of {rows_in} rows cannot be used, for the reasons above. Leave them out?",
            left_out=source.to_agree,
            rows_in=source.rows_in,
        ),
        choices=(
            Choice(
                id="yes", label=_("Leave them out"), detail=_("your file itself is not changed")
            ),
            Choice(id="mend", label=_("I will mend the file first")),
        ),
        default="yes",
        why=_(
            "A row without a prompt or an answer teaches nothing or teaches something wrong. I do "
            "not drop anything of yours without asking."
        ),
    )


def columns(source: Inspection) -> Question:
    """Which column holds the answer, where the guess is unsure."""
    return Question(
        id="mapping",
        text=_("Which column holds what the model should answer?"),
        choices=tuple(Choice(id=name, label=name) for name in source.columns[:12]),
        default=source.mapping.completion or source.columns[-1],
        why=_("The model learns to produce this column from the others. My guess is not certain."),
        placeholder=_("or say “prompt column is …, answer column is …”"),
    )


def blocked(facts: Facts) -> Question:
    """Rows that cannot be trained as they are."""
    choices = [
        Choice(
            id="set_aside",
            label=_("Set these rows aside"),
            detail=_("your file is not changed; the report names them"),
        ),
        Choice(id="data", label=_("Go back to the data"), detail=_("mend or shorten the rows")),
    ]
    if facts.plan:
        choices.insert(0, Choice(id="longer", label=_("Raise the length so that every row fits")))
    return Question(
        id="blocked",
        text=_("This has to be solved before training. What shall I do?"),
        choices=tuple(choices),
        default=choices[0].id,
        why=_("A row whose answer is cut or never ends teaches the model to do the same."),
        placeholder=_("or name a length, such as “length 1024”"),
    )


def stop_at_baseline() -> Question:
    """Asked when an alternative without tuning is good enough."""
    return Question(
        id="baseline",
        text=_(
            "An alternative without tuning already reaches what you asked for. How shall we go on?"
        ),
        choices=(
            Choice(
                id="stop",
                label=_("Stop here and use that"),
                detail=_("cheaper, and nothing to host"),
            ),
            Choice(
                id="go_on",
                label=_("Tune regardless"),
                detail=_("it may still be shorter or better"),
            ),
        ),
        default="stop",
        why=_(
            "Tuning costs time now and care later. If you need neither, the honest advice is to stop."
        ),
    )


def declined() -> Question:
    """After a no to the training."""
    return Question(
        id="declined",
        text=_("All right, nothing was started. What would you like instead?"),
        choices=(
            Choice(id="later", label=_("Leave it for now"), detail=_("everything is kept")),
            Choice(id="plan", label=_("See the plan again")),
            Choice(id="data", label=_("Go back to the data")),
        ),
        default="later",
        why=_("So that I can prepare what you want instead."),
        placeholder=_("or change a value: “use 2 epochs”, “rank 32”"),
    )


def starter() -> Question:
    """The base model has to be made ready."""
    return Question(
        id="starter",
        text=_("The starter model is not ready on this computer. What shall I do?"),
        choices=(
            Choice(id="fetch", label=_("Make it ready")),
            Choice(
                id="folder",
                label=_("Use a model of my own"),
                detail=_("type the path of its folder"),
            ),
        ),
        default="fetch",
        why=_("Tuning needs a base model. The starter is small enough for any laptop."),
        placeholder=_("or the path of a model folder, or a Hub id"),
    )


def recover(tool: str, label: str) -> Question:
    """After a failure: never a dead end."""
    return Question(
        id=f"recover.{tool}",
        text=_("What shall I do?"),
        choices=(
            Choice(id="retry", label=_("Try again: {label}", label=label.lower())),
            Choice(id="data", label=_("Go back to the data")),
            Choice(id="later", label=_("Leave it for now"), detail=_("everything is kept")),
        ),
        default="retry",
        why=_("Something stood in the way; you may have removed it meanwhile."),
        placeholder=_("or tell me what to do differently"),
    )
