"""The few-shot arm: the best prompt with examples, chosen on validation and never on test rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import BaseModel, ConfigDict

from luthier.tools.data.model import Message, Row
from luthier.tools.evaluation.arms.arm import Arm, Bench, Contender
from luthier.tools.evaluation.arms.examples import ExamplePool, Recipe, with_examples
from luthier.tools.evaluation.metrics import names_with, score
from luthier.tools.evaluation.sample import sample_rows
from luthier.tools.evaluation.words import percent
from luthier.tools.files import read_json, write_json
from luthier.tools.language import _, mark, plural

CANDIDATES = (
    Recipe(selection="diverse", number=6),
    Recipe(selection="similar", number=4),
    Recipe(selection="similar", number=8),
)
FEWEST_CHOICE_ROWS = 8
MOST_CHOICE_ROWS = 16
CHOICE_TOKENS = 4_000  # about half a minute per candidate on two cores
PROMPT_TOKENS = 1_536  # examples beyond this cost more time than a small model gains from them

Answerer = Callable[[Sequence[Sequence[Message]]], Sequence[str]]


class Trial(BaseModel):
    """One candidate with its mean scores on the validation rows."""

    model_config = ConfigDict(frozen=True)

    recipe: Recipe
    scores: dict[str, float]
    prompt_tokens: float


class Choice(BaseModel):
    """The recipe that was taken and what it was taken from; no trials where rows were too few."""

    model_config = ConfigDict(frozen=True)

    recipe: Recipe
    rows: int
    trials: tuple[Trial, ...] = ()


class PromptBuilder:
    """Builds the prompt of a recipe and drops examples until it fits."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._pool = ExamplePool(bench.dataset.task, bench.rows("train"))
        self._room = min(bench.prompt_room, PROMPT_TOKENS)
        self._fixed: dict[int, list[Row]] = {}

    def build(self, recipe: Recipe, row: Row) -> list[Message]:
        """The request with as many of the recipe's examples as there is room for."""
        examples = self._examples(recipe, row)
        while examples:
            prompt = with_examples(row, examples, recipe.layout)
            if self.tokens(prompt) <= self._room:
                return prompt
            examples = examples[1:]
        return with_examples(row, [], recipe.layout)

    def tokens(self, prompt: Sequence[Message]) -> int:
        """How many tokens the model has to read."""
        return len(self._bench.renderer.prompt_ids(prompt))

    def _examples(self, recipe: Recipe, row: Row) -> list[Row]:
        if recipe.selection == "similar":
            return self._pool.similar(row, recipe.number)
        if recipe.number not in self._fixed:
            self._fixed[recipe.number] = self._pool.diverse(recipe.number)
        return self._fixed[recipe.number]

    def limited(self, recipe: Recipe) -> Recipe:
        """The recipe with no more examples than there are training rows."""
        return recipe.model_copy(update={"number": min(recipe.number, len(self._pool))})


def choose(bench: Bench, builder: PromptBuilder, answer: Answerer) -> Choice:
    """Try every selection, then the winner's other layout; take the best on the deciding metric.

    Ties go to the other metrics, then to the shorter prompt. ``answer`` gives the base model's
    answers to a list of prompts.
    """
    rows = _choice_rows(bench)
    if len(rows) < FEWEST_CHOICE_ROWS:
        return Choice(recipe=builder.limited(CANDIDATES[0]), rows=0)
    recipes = list(dict.fromkeys(builder.limited(recipe) for recipe in CANDIDATES))
    trials: list[Trial] = []
    for place, recipe in enumerate(recipes):
        bench.say(_("Choosing the few-shot prompt"), place, len(recipes) + 1)
        trials.append(_try(bench, builder, recipe, rows, answer))
    best = max(trials, key=_rank(bench)).recipe
    bench.say(_("Choosing the few-shot prompt"), len(recipes), len(recipes) + 1)
    trials.append(_try(bench, builder, best.model_copy(update={"layout": "message"}), rows, answer))
    return Choice(recipe=max(trials, key=_rank(bench)).recipe, rows=len(rows), trials=tuple(trials))


def _choice_rows(bench: Bench) -> list[Row]:
    affordable = CHOICE_TOKENS // bench.plan.max_new_tokens
    most = min(MOST_CHOICE_ROWS, max(FEWEST_CHOICE_ROWS, affordable))
    return sample_rows(bench.rows("validation"), most)


def _try(
    bench: Bench, builder: PromptBuilder, recipe: Recipe, rows: Sequence[Row], answer: Answerer
) -> Trial:
    prompts = [builder.build(recipe, row) for row in rows]
    names = names_with(bench.dataset.task, bench.plan.metric)
    scores = [
        score(bench.dataset.task, names, row.completion, text)
        for row, text in zip(rows, answer(prompts), strict=True)
    ]
    return Trial(
        recipe=recipe,
        scores={name: sum(by[name] for by in scores) / len(scores) for name in names},
        prompt_tokens=sum(map(builder.tokens, prompts)) / len(prompts),
    )


def _rank(bench: Bench) -> Callable[[Trial], tuple[float, float, float]]:
    return lambda trial: (
        trial.scores[bench.plan.metric],
        sum(trial.scores.values()),
        -trial.prompt_tokens,
    )


def _prepare(bench: Bench) -> Contender:
    builder = PromptBuilder(bench)
    choice = _choose_once(bench, builder)
    recipe = choice.recipe
    return Contender(
        label=plural("few-shot, {n} example", "few-shot, {n} examples", recipe.number),
        build=lambda row: builder.build(recipe, row),
        detail={
            "prompt": f"{recipe.in_words()}. {_grounds(choice)}",
            "recipe": recipe.model_dump_json(),
            "trials": "; ".join(
                f"{trial.recipe.in_words()}: {percent(trial.scores[bench.plan.metric])}"
                for trial in choice.trials
            ),
        },
    )


def _choose_once(bench: Bench, builder: PromptBuilder) -> Choice:
    """The choice of an earlier attempt at this job, or a new one, kept for the next attempt."""
    path = bench.folder / "few_shot.json"
    kept = read_json(path)
    if kept is not None:
        return Choice.model_validate(kept)
    choice = choose(bench, builder, lambda prompts: [answer.text for answer in bench.ask(prompts)])
    write_json(path, choice.model_dump(mode="json"))
    return choice


def _grounds(choice: Choice) -> str:
    if not choice.trials:
        return _("There were too few validation rows to compare several prompts.")
    return _(
        "It was the best of {trials} prompts on {rows} validation rows; no test row was looked at.",
        trials=len(choice.trials),
        rows=choice.rows,
    )


FEW_SHOT = Arm(
    name="few_shot",
    doing=mark("Asking with examples in the prompt"),
    needs_adapter=False,
    prepare=_prepare,
)
