"""AutoTrain's output as it was seen: steps behind bars that were not ended, stages, failures."""

from __future__ import annotations

import math

from fakes.autotrain import FAILURE

from luthier.tools.training.autotrain.log_lines import Bar, Failure, Stage, Step, read_line

STEP = (
    " 50%|█████     | 1/2 [01:27<01:27, 87.96s/it]INFO     | 2026-11-27 03:57:40 | "
    "autotrain.trainers.common:on_log:367 - {'loss': 3.4344, 'grad_norm': 1.25, "
    "'learning_rate': 0.0005, 'epoch': 0.5}"
)


def test_a_step_is_read_though_a_bar_stands_before_it() -> None:
    assert read_line(STEP) == Step(epoch=0.5, loss=3.4344, learning_rate=0.0005, gradient_norm=1.25)


def test_the_same_step_printed_bare_and_the_summary_are_no_second_step() -> None:
    assert read_line("{'loss': 3.4344, 'grad_norm': 1.25, 'epoch': 0.5}") is None
    summary = STEP.replace("'loss': 3.4344", "'train_runtime': 157.2, 'train_loss': 3.35")
    assert read_line(summary) is None


def test_a_loss_that_is_no_number_is_read_as_such() -> None:
    step = read_line(STEP.replace("3.4344", "nan").replace("1.25", "inf"))
    assert isinstance(step, Step)
    assert math.isnan(step.loss or 0)
    assert step.gradient_norm == math.inf


def test_bars_and_stages_are_told_apart_from_other_words() -> None:
    assert read_line(" 12%|█▎        | 3/24 [00:11<01:20,  3.8s/it]") == Bar(3, 24)
    begin = "INFO     | 2026-11-27 03:56:12 | autotrain.trainers.common:on_train_begin:386 - "
    assert read_line(f"{begin}Starting to train...") == Stage("train")
    assert read_line(f"{begin}configuring logging steps") is None
    assert read_line("	`--num_processes` was set to a value of `0`") is None
    assert read_line("") is None


def test_a_failure_gives_the_last_error_of_its_traceback() -> None:
    failure = Failure()
    for line in FAILURE.splitlines():
        failure.hear(line)
    assert failure.failed
    assert failure.reason.startswith("ValueError: Error occurred while packing")


def test_errors_that_are_only_spoken_of_are_no_failure() -> None:
    failure = Failure()
    failure.hear("UserWarning: 'pin_memory' argument is set as true but no accelerator is found")
    failure.hear("INFO | the training failed to find a GPU")
    assert not failure.failed
    assert failure.reason == ""
