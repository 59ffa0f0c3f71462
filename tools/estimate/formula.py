"""Memory, time and disk of a plan from formulas, before anything was run.

The formulas say whether a plan can fit at all and roughly how long it takes; the pre-flight then
replaces them by measurements. Adapter size and optimiser state follow Hu et al. 2021
(arXiv:2106.09685); the activation term is that of Korthikanti et al. 2022 (arXiv:2205.05198) with
the coefficients measured for Luthier's trainer, which keeps no full logits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from luthier.tools.estimate.machine import Machine
from luthier.tools.language import _, plural
from luthier.tools.models.learning import LearningReport
from luthier.tools.models.reference import ModelReference
from luthier.tools.training.methods.registry import method_of
from luthier.tools.training.plan import Estimate, Plan

RUNTIME_BYTES = 650 * 2**20
"""A worker with torch, transformers, TRL and PEFT loaded and no model."""

HEAD_CHUNK = 256
"""Trained tokens whose logits exist at one time (see ``training.loss``)."""

LOAD_SECONDS = 12.0
"""Importing the libraries and loading a small model."""

GIGAFLOPS_PER_CORE_BFLOAT16 = 75.0
GIGAFLOPS_PER_CORE_FLOAT32 = 28.0
"""Sustained over a whole training step of a small model, not the peak of one product."""

GENERATED_TOKENS_PER_SECOND_CORE = 80.0
"""Batched greedy generation of a model of :data:`GENERATION_PARAMETERS`."""
GENERATION_PARAMETERS = 135e6


@dataclass(frozen=True, slots=True)
class Work:
    """How much a plan has to compute."""

    rows: int
    steps: int
    tokens_per_epoch: int
    trained_per_epoch: int
    longest_row: int

    @property
    def trained_share(self) -> float:
        """Share of the tokens whose loss is computed."""
        return min(1.0, self.trained_per_epoch / max(1, self.tokens_per_epoch))


def estimate_plan(
    plan: Plan, report: LearningReport, reference: ModelReference, machine: Machine
) -> Estimate:
    """The formula's estimate (``measured=False``), honest about its width: half to twice."""
    work = work_of(plan, report)
    seconds = LOAD_SECONDS + train_seconds(plan, work, reference, machine)
    notes = [
        plural(
            "a rough estimate; the pre-flight measures it on this machine with {n} core",
            "a rough estimate; the pre-flight measures it on this machine with {n} cores",
            machine.cores,
        )
    ]
    if machine.accelerators:
        notes.append(_("the time assumes the processor; a graphics processor is far faster"))
    return Estimate(
        measured=False,
        memory_bytes=memory_bytes(plan, work, reference, machine),
        available_bytes=machine.memory_available,
        disk_bytes=disk_bytes(plan, reference),
        free_disk_bytes=machine.free_disk,
        train_seconds=seconds,
        train_seconds_low=seconds * 0.5,
        train_seconds_high=seconds * 2.0,
        evaluate_seconds=evaluate_seconds(plan, work, reference, machine),
        tokens_per_second=round(tokens_per_second(plan, work, reference, machine), 1),
        steps=work.steps,
        trained_parameters=trained_parameters(plan, reference),
        notes=tuple(notes),
    )


def work_of(plan: Plan, report: LearningReport) -> Work:
    """Rows, steps and tokens of the plan; the report covers the training rows."""
    return Work(
        rows=report.examples or report.rows,
        steps=total_steps(plan, report.examples or report.rows),
        tokens_per_epoch=report.total_tokens,
        trained_per_epoch=report.trained_tokens,
        longest_row=max(1, min(report.lengths.high, plan.train.max_length)),
    )


def total_steps(plan: Plan, rows: int) -> int:
    """Optimiser steps of the whole training, as transformers counts them."""
    batches = -(-rows // plan.train.batch_size)
    per_epoch = max(1, -(-batches // plan.train.gradient_accumulation))
    return max(1, math.ceil(plan.train.epochs * per_epoch))


def trained_parameters(plan: Plan, reference: ModelReference) -> int:
    """All of the model, or of an adapter: rank x (inputs + outputs) of each adapted matrix."""
    if not method_of(plan).adapter:
        return reference.parameters
    hidden, inner = reference.hidden_size, reference.intermediate_size
    narrow = hidden * reference.key_value_heads // max(1, reference.attention_heads)
    sides = 2 * (hidden + hidden) + 2 * (hidden + narrow) + 3 * (hidden + inner)
    return plan.lora.rank * sides * trained_layers(plan, reference)


def trained_layers(plan: Plan, reference: ModelReference) -> int:
    """Layers that carry an adapter."""
    if plan.lora.layers == "upper_half" and method_of(plan).adapter:
        return reference.layers - reference.layers // 2
    return reference.layers


def memory_bytes(plan: Plan, work: Work, reference: ModelReference, machine: Machine) -> int:
    """Peak of the worker: runtime, weights, adapter with its optimiser, activations, logits."""
    width = weight_width(plan, machine)
    trained = trained_parameters(plan, reference)
    tokens = plan.train.batch_size * work.longest_row
    weights = reference.parameters * width
    own = 4 + width if method_of(plan).adapter else 0  # the adapter itself and its compute copy
    adapter = trained * (own + 4 + 8)  # gradient, two Adam moments
    activations = tokens * activation_bytes_per_token(plan, reference, width)
    head_rows = min(HEAD_CHUNK, max(1, int(tokens * work.trained_share)))
    logits = head_rows * reference.vocabulary * (width + 4 + 4)
    return int(RUNTIME_BYTES + weights + adapter + activations + logits)


def activation_bytes_per_token(plan: Plan, reference: ModelReference, width: int) -> float:
    """Bytes kept per token for the backward pass, over all trained layers."""
    one_layer = width * (16 * reference.hidden_size + 5 * reference.intermediate_size)
    layers = trained_layers(plan, reference)
    if plan.train.gradient_checkpointing:
        return layers * reference.hidden_size * width + one_layer
    return layers * one_layer


def weight_width(plan: Plan, machine: Machine) -> int:
    """Bytes per weight: bfloat16 where the hardware multiplies in it, float32 where all are trained."""
    short = machine.bfloat16 or machine.accelerators
    return 2 if short and method_of(plan).adapter else 4


def tokens_per_second(plan: Plan, work: Work, reference: ModelReference, machine: Machine) -> float:
    """Training tokens per second on the processor.

    A frozen weight costs 2 operations per token forward and 2 backward (no weight gradient), the
    head only where a token is trained; layers below the first adapter are computed once per run.
    """
    head = reference.vocabulary * reference.hidden_size
    body = max(reference.parameters - head * (1 if reference.tied_embeddings else 2), head)
    share = trained_layers(plan, reference) / max(1, reference.layers)
    again = 2.0 if plan.train.gradient_checkpointing else 0.0
    per_token = body * share * (4.0 + again) + head * 4.0 * work.trained_share
    per_token *= method_of(plan).work
    short = machine.bfloat16 and method_of(plan).adapter
    per_core = GIGAFLOPS_PER_CORE_BFLOAT16 if short else GIGAFLOPS_PER_CORE_FLOAT32
    return per_core * 1e9 * machine.cores / per_token


def train_seconds(plan: Plan, work: Work, reference: ModelReference, machine: Machine) -> float:
    """Seconds of all steps and validations, without loading."""
    speed = tokens_per_second(plan, work, reference, machine)
    validation = 1 + 0.04 * plan.train.evaluations_per_epoch  # forward only, a tenth of the rows
    return work.tokens_per_epoch * plan.train.epochs * validation / speed


def evaluate_seconds(plan: Plan, work: Work, reference: ModelReference, machine: Machine) -> float:
    """Seconds to generate one answer for each test row, for one arm."""
    answer = work.trained_per_epoch / max(1, work.rows)
    tokens = plan.evaluation.max_rows * min(answer * 1.5, plan.evaluation.max_new_tokens)
    size = reference.parameters / GENERATION_PARAMETERS
    return LOAD_SECONDS + tokens * size / (GENERATED_TOKENS_PER_SECOND_CORE * machine.cores)


def disk_bytes(plan: Plan, reference: ModelReference) -> int:
    """Checkpoints (weights and two Adam moments in float32, two kept and one being written)."""
    weights = trained_parameters(plan, reference) * 4
    return 3 * 3 * weights + 2 * weights + 20 * 2**20
