"""The few-shot arm: the best prompt with examples, chosen on validation and never on test rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from luthier.tools.data.model import Message, Row
from luthier.tools.evaluation.arms.arm import Arm, Bench, Contender
from luthier.tools.evaluation.arms.choice import (
    Answerer,
    Build,
    Chosen,
    choose_on_validation,
    grounds,
)
from luthier.tools.evaluation.arms.examples import ExamplePool, Recipe, with_examples
from luthier.tools.evaluation.words import percent
from luthier.tools.language import _, mark, plural

CANDIDATES = (
    Recipe(selection="diverse", number=6),
    Recipe(selection="similar", number=4),
    Recipe(selection="similar", number=8),
)
PROMPT_TOKENS = 1_536  # examples beyond this cost more time than a small model gains from them


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


def choose(bench: Bench, builder: PromptBuilder, answer: Answerer | None = None) -> Chosen:
    """Try every selection, then the winner's other layout; take the best on the deciding metric.

    Names of candidates are their recipes as JSON. ``answer`` gives the base model's answers to a
    list of prompts; without it the model is asked.
    """
    recipes = dict.fromkeys(builder.limited(recipe) for recipe in CANDIDATES)
    doing = _("Choosing the few-shot prompt")
    first = choose_on_validation(
        bench, doing, _candidates(builder, recipes), bench.folder / "few_shot-rows.json", answer
    )
    if not first.trials:
        return first
    best = Recipe.model_validate_json(first.name)
    layouts = _candidates(builder, (best, best.model_copy(update={"layout": "message"})))
    last = choose_on_validation(
        bench, doing, layouts, bench.folder / "few_shot-layout.json", answer
    )
    return last.model_copy(update={"trials": (*first.trials, last.trials[-1])})


def _candidates(builder: PromptBuilder, recipes: Iterable[Recipe]) -> dict[str, Build]:
    return {recipe.model_dump_json(): partial(builder.build, recipe) for recipe in recipes}


def _prepare(bench: Bench) -> Contender:
    builder = PromptBuilder(bench)
    chosen = choose(bench, builder)
    recipe = Recipe.model_validate_json(chosen.name)
    return Contender(
        label=plural("few-shot, {n} example", "few-shot, {n} examples", recipe.number),
        build=lambda row: builder.build(recipe, row),
        detail={
            "prompt": f"{recipe.in_words()}. {grounds(chosen)}",
            "recipe": recipe.model_dump_json(),
            "trials": "; ".join(
                f"{Recipe.model_validate_json(trial.name).in_words()}: "
                f"{percent(trial.scores[bench.plan.metric])}"
                for trial in chosen.trials
            ),
        },
        on_validation=chosen.by_row,
    )


FEW_SHOT = Arm(
    name="few_shot",
    doing=mark("Asking with examples in the prompt"),
    needs_adapter=False,
    prepare=_prepare,
)
