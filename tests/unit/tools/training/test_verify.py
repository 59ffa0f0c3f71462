"""Broken adapters never pass for finished ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from luthier.tools.errors import LuthierError
from luthier.tools.training.verify import WEIGHTS, check_saved_weights

A = "base_model.model.model.layers.0.q_proj.lora_A.weight"
B = "base_model.model.model.layers.0.q_proj.lora_B.weight"


def adapter(folder: Path, down: float = 0.1, up: float = 0.1) -> Path:
    values = {A: np.full((4, 8), down, np.float32), B: np.full((8, 4), up, np.float32)}
    save_file(values, folder / WEIGHTS)
    return folder


def failure(folder: Path) -> LuthierError:
    with pytest.raises(LuthierError) as caught:
        check_saved_weights(folder)
    return caught.value


def test_a_sound_adapter_passes(tmp_path: Path) -> None:
    checks = check_saved_weights(adapter(tmp_path))
    assert checks == {"tensors": 2.0, "largest_lora_b": pytest.approx(0.1)}


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_fail(tmp_path: Path, value: float) -> None:
    error = failure(adapter(tmp_path, down=value))
    assert error.code == "training.not_finite"
    assert A in error.why


def test_an_adapter_whose_ups_are_zero_fails(tmp_path: Path) -> None:
    assert failure(adapter(tmp_path, up=0.0)).code == "training.all_zero"


def test_a_missing_or_torn_file_fails(tmp_path: Path) -> None:
    assert failure(tmp_path).code == "training.unreadable"
    adapter(tmp_path)
    (tmp_path / WEIGHTS).write_bytes((tmp_path / WEIGHTS).read_bytes()[:50])
    assert failure(tmp_path).code == "training.unreadable"


def test_an_empty_adapter_fails(tmp_path: Path) -> None:
    save_file({}, tmp_path / WEIGHTS)
    assert failure(tmp_path).code == "training.empty"
