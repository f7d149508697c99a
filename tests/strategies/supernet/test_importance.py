"""Removal of options: the order of importance where it is known, beside the definition worked out by hand."""

import pytest
import torch
from torch import Tensor

from nasbench_pose.spaces import load
from nasbench_pose.strategies.supernet.importance import importance

SPACE = load("efficientpose_micro")
EVEN = {choice: torch.full((len(options),), 1 / len(options)) for choice, options in SPACE.choices.items()}
NEEDED = {choice: (7 * i + 1) % len(options) for i, (choice, options) in enumerate(SPACE.choices.items())}
"""The option of each choice without which the loss is high."""


def loss(weights: dict[str, Tensor]) -> float:
    return float(sum(1 - weights[choice][option] for choice, option in NEEDED.items()))


def test_the_option_whose_removal_hurts_most_is_kept_though_its_logit_is_small() -> None:
    misleading = {
        choice: torch.softmax(-2.0 * torch.nn.functional.one_hot(torch.tensor(NEEDED[choice]), len(share)), 0)
        for choice, share in EVEN.items()
    }
    tuned: list[dict[str, Tensor]] = []
    found = importance(SPACE, misleading, loss, torch.Generator().manual_seed(0), tuned.append)
    assert {choice: int(share.argmax()) for choice, share in found.items()} == NEEDED
    assert {choice: int(share.argmax()) for choice, share in misleading.items()} != NEEDED
    assert len(tuned) == len(SPACE.decisions), "the supernet is tuned after each decision"


def test_what_was_decided_is_removed_before_the_next_decision() -> None:
    seen: list[dict[str, Tensor]] = []

    def watched(weights: dict[str, Tensor]) -> float:
        seen.append(weights)
        return loss(weights)

    importance(SPACE, EVEN, watched, torch.Generator().manual_seed(0), lambda _: None)
    decided = [sum(int((share == 1).any()) for share in weights.values()) for weights in seen]
    assert decided == sorted(decided) and decided[-1] == len(SPACE.decisions) - 1


def test_shares_are_the_softmax_of_the_standardised_rises() -> None:
    found = importance(SPACE, EVEN, loss, torch.Generator().manual_seed(0), lambda _: None)
    rise = torch.tensor([0.0, 0.0, 1 / 3])
    expected = torch.softmax((rise - rise.mean()) / rise.std(), 0)
    assert sorted(found["w1"].tolist()) == pytest.approx(sorted(expected.tolist()), rel=1e-4)
