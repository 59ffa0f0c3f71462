"""The prompted arm: the base model with instructions, the user's own or some written from the rows."""

from __future__ import annotations

from luthier.tools.data.model import Message, Row
from luthier.tools.evaluation.arms.arm import Arm, Bench, Contender, as_asked
from luthier.tools.evaluation.arms.choice import Build, choice_rows, choose_on_validation, grounds
from luthier.tools.evaluation.arms.instructions import Mistake, improve, write_instruction
from luthier.tools.evaluation.sample import sample_rows
from luthier.tools.language import _, mark

OWN, WRITTEN, IMPROVED = "own", "written", "improved"
_NAMES = {
    OWN: mark("your own instructions"),
    WRITTEN: mark("instructions written from the training rows"),
    IMPROVED: mark("the same, made sharper by the mistakes on training rows"),
}


def with_instruction(row: Row, instruction: str) -> list[Message]:
    """The request under a system message with the instruction, before the row's own system text."""
    asked = as_asked(row)
    own = [message.content for message in asked if message.role == "system"]
    rest = [message for message in asked if message.role != "system"]
    return [Message(role="system", content="\n\n".join([instruction, *own])), *rest]


def _prepare(bench: Bench) -> Contender:
    texts = _instructions(bench)
    candidates = {name: _builder(text) for name, text in texts.items()}
    chosen = choose_on_validation(
        bench, _("Choosing the instructions"), candidates, bench.folder / "prompted.json"
    )
    return Contender(
        label=_("instructions in the prompt"),
        build=candidates[chosen.name],
        detail={
            "prompt": f"{_(_NAMES[chosen.name])}. {grounds(chosen)}",
            "instruction": texts[chosen.name],
        },
        on_validation=chosen.by_row,
    )


def _builder(text: str) -> Build:
    return lambda row: with_instruction(row, text)


def _instructions(bench: Bench) -> dict[str, str]:
    """The texts to choose from, the user's own first."""
    task, rows = bench.dataset.task, bench.rows("train")
    written = write_instruction(task, rows)
    texts = {OWN: bench.plan.prompt} if bench.plan.prompt else {}
    texts[WRITTEN] = written
    if choice_rows(bench):
        improved = improve(task, written, _mistakes(bench, written))
        if improved != written:
            texts[IMPROVED] = improved
    return texts


def _mistakes(bench: Bench, instruction: str) -> list[Mistake]:
    """What the base model gets wrong on a few training rows under an instruction."""
    bench.say(_("Choosing the instructions"), 0, 1)
    rows = sample_rows(bench.rows("train"), len(choice_rows(bench)))
    replies = bench.ask([with_instruction(row, instruction) for row in rows])
    scores = bench.ruler.score(rows, [reply.text for reply in replies])
    return [
        Mistake(row, reply.text)
        for row, reply, by in zip(rows, replies, scores, strict=True)
        if by[bench.plan.metric] < 1
    ]


PROMPTED = Arm(
    name="prompted",
    doing=mark("Asking with instructions in the prompt"),
    needs_adapter=False,
    prepare=_prepare,
)
"""Base model, instructions before every request, chosen on validation."""
