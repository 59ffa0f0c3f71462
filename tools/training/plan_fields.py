"""The settings of a plan that a user may change: their dotted names, and the words for them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from luthier.tools.language import _, mark
from luthier.tools.training.backends import backend_of
from luthier.tools.training.plan import Plan


@dataclass(frozen=True, slots=True)
class PlanField:
    """A field that the user may change: its dotted name, what it is called, and other words."""

    path: str
    label: str
    meaning: str
    synonyms: tuple[str, ...] = ()


FIELDS: tuple[PlanField, ...] = (
    PlanField("name", mark("name"), mark("what this fine-tune is called"), ("title",)),
    PlanField(
        "model.id", mark("model"), mark("the model that learns"), ("base model", "base", "model id")
    ),
    PlanField(
        "method",
        mark("method"),
        mark("what is trained: an adapter, all weights, or a preference"),
        ("training method", "tuning method", "way of tuning"),
    ),
    PlanField(
        "preference.beta",
        mark("beta"),
        mark("how strongly a preference is held near the base model"),
        ("preference strength", "dpo beta", "kto beta", "leash"),
    ),
    PlanField(
        "preference.wanted_weight",
        mark("weight of wanted answers"),
        mark("how much wanted answers count in KTO"),
        ("desirable weight",),
    ),
    PlanField(
        "preference.unwanted_weight",
        mark("weight of unwanted answers"),
        mark("how much unwanted answers count in KTO"),
        ("undesirable weight",),
    ),
    PlanField(
        "lora.rank",
        mark("LoRA rank"),
        mark("how much room the adapter has to learn"),
        ("rank", "r", "lora r", "adapter size"),
    ),
    PlanField(
        "lora.alpha",
        mark("LoRA alpha"),
        mark("how strongly the adapter acts; twice the rank is usual"),
        ("alpha", "lora scale"),
    ),
    PlanField(
        "lora.dropout",
        mark("LoRA dropout"),
        mark("share of inputs left out at random"),
        ("dropout",),
    ),
    PlanField(
        "lora.layers",
        mark("trained layers"),
        mark("all layers, or only the upper half, which is faster"),
        ("layers", "adapter layers", "lora layers", "which layers"),
    ),
    PlanField(
        "train.epochs",
        mark("epochs"),
        mark("how many times your data is seen"),
        ("epoch", "passes", "times", "rounds", "number of epochs", "times seen"),
    ),
    PlanField(
        "train.batch_size",
        mark("batch size"),
        mark("rows per step"),
        ("batch", "batchsize", "rows per step"),
    ),
    PlanField(
        "train.gradient_accumulation",
        mark("gradient accumulation"),
        mark("batches that are added up to one step"),
        ("accumulation", "accumulation steps", "accumulate"),
    ),
    PlanField(
        "train.learning_rate",
        mark("learning rate"),
        mark("how far each step goes"),
        ("lr", "rate", "step size", "learningrate"),
    ),
    PlanField(
        "train.scheduler",
        mark("schedule"),
        mark("how the learning rate falls"),
        ("scheduler", "lr schedule", "learning rate schedule", "decay"),
    ),
    PlanField(
        "train.warmup",
        mark("warm-up"),
        mark("share of the steps in which the rate rises"),
        ("warmup",),
    ),
    PlanField(
        "train.max_length",
        mark("length"),
        mark("most tokens per row"),
        ("max length", "maximum length", "tokens per row", "sequence length", "context"),
    ),
    PlanField(
        "train.gradient_checkpointing",
        mark("gradient checkpointing"),
        mark("less memory, about a third slower"),
        ("checkpointing", "recompute", "save memory"),
    ),
    PlanField(
        "train.evaluations_per_epoch",
        mark("checks per epoch"),
        mark("how often the validation loss is measured"),
        ("evaluations per epoch", "validations per epoch", "evaluations", "validations"),
    ),
    PlanField(
        "train.patience",
        mark("patience"),
        mark("stop after so many checks without gain; 0 never"),
        ("early stopping", "early stop"),
    ),
    PlanField("train.seed", mark("seed"), mark("makes chance repeatable"), ("random seed",)),
    PlanField(
        "evaluation.metric", mark("metric"), mark("the measure that decides"), ("score", "measure")
    ),
    PlanField(
        "evaluation.criterion",
        mark("goal"),
        mark("the score that is good enough"),
        ("criterion", "target", "good enough", "threshold"),
    ),
    PlanField(
        "evaluation.max_new_tokens",
        mark("answer length"),
        mark("most tokens per answer in the evaluation"),
        ("max new tokens", "new tokens", "longest answer"),
    ),
    PlanField(
        "evaluation.max_rows",
        mark("test rows"),
        mark("most rows in the evaluation"),
        ("evaluation rows",),
    ),
    PlanField(
        "evaluation.batch_size",
        mark("evaluation batch size"),
        mark("answers generated at a time"),
        ("evaluation batch",),
    ),
    PlanField(
        "evaluation.price_per_hour",
        mark("price per hour"),
        mark("of the machine that answers, for the price per request"),
        ("hourly price", "machine price", "rent per hour"),
    ),
)
HOSTED_FIELDS: tuple[PlanField, ...] = (
    PlanField("hosted.model", mark("model at the provider"), mark("the model that learns there")),
    PlanField(
        "hosted.method",
        mark("way of tuning there"),
        mark("from answers, from pairs of answers, or from a grader"),
        ("hosted method",),
    ),
    PlanField("hosted.epochs", mark("epochs there"), mark("how many times your data is seen")),
    PlanField("hosted.batch_size", mark("batch size there"), mark("rows per step")),
    PlanField(
        "hosted.learning_rate_multiplier",
        mark("learning rate multiplier"),
        mark("times the provider's own learning rate"),
    ),
    PlanField("hosted.beta", mark("beta"), mark("how strongly pairs of answers pull")),
    PlanField("hosted.suffix", mark("suffix"), mark("a part of the tuned model's name")),
    PlanField("hosted.seed", mark("seed there"), mark("makes chance repeatable")),
    PlanField("hosted.tier", mark("training tier"), mark("kind of capacity that trains")),
)
"""Settings of a training at a provider, which has its own in the place of those above."""

AT_PROVIDER = {
    "method": "hosted.method",
    "model.id": "hosted.model",
    "train.epochs": "hosted.epochs",
    "train.batch_size": "hosted.batch_size",
    "train.learning_rate": "hosted.learning_rate_multiplier",
    "train.seed": "hosted.seed",
}
"""What a setting is called where a provider trains."""


def fields_of(plan: Plan) -> tuple[PlanField, ...]:
    """The settings that count where the plan is run."""
    if not backend_of(plan.backend).remote:
        return FIELDS
    return (*HOSTED_FIELDS, *(one for one in FIELDS if one.path.startswith("evaluation.")))


BY_PATH = {field.path: field for field in (*FIELDS, *HOSTED_FIELDS)}
"""Every setting by its dotted name."""


def field_for(text: str) -> str | None:
    """The dotted field that ``text`` names (``"rank"`` gives ``"lora.rank"``), or None."""
    wanted = plain_words(text)
    for field in (*FIELDS, *HOSTED_FIELDS):
        leaf = field.path.rpartition(".")[2]
        words = (field.path, leaf, field.label, _(field.label), *field.synonyms)
        if wanted in {plain_words(word) for word in words}:
            return field.path
    return None


def label_of(path: str) -> str:
    """What the field at a dotted path is called."""
    return BY_PATH[path].label


def plain_words(text: str) -> str:
    """A name as it is compared: small letters, single blanks, without the article."""
    return re.sub(r"[\s_\-]+", " ", text.strip().lower()).removeprefix("the ").strip()
