"""The protocol of weights: by name, from the checkpoint, or the default with a note."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from nasbench_pose.errors import UnknownNameError
from nasbench_pose.evaluators.protocol import PROTOCOLS
from nasbench_pose.evaluators.recipe import recipe_of
from nasbench_pose.network.checkpoint import save


def test_a_checkpoint_knows_its_protocol_and_the_caller_may_overrule_it(tmp_path: Path) -> None:
    path, trained = tmp_path / "w.safetensors", replace(PROTOCOLS["default"], steps=7)
    save({"weight": torch.zeros(2)}, path, {"protocol": trained.text})
    assert recipe_of(path) == (trained, "")
    assert recipe_of(path, size=(64, 48)) == (replace(trained, input=(64, 48)), "")
    assert recipe_of(path, "quick") == (PROTOCOLS["quick"], "")
    with pytest.raises(UnknownNameError):
        recipe_of(path, "quik")


def test_weights_without_a_protocol_get_the_default_with_a_note(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save({"weight": torch.zeros(2)}, path, {})
    recipe, note = recipe_of(path)
    assert recipe == PROTOCOLS["default"]
    assert note.startswith("The weights do not say how they were trained")
