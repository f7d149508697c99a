"""Seconds of a training step by batch and by the order of the numbers in memory: channels last, or contiguous.

Both orders are timed in turn, in processor time of one thread, on networks of efficientpose_micro.
"""

import sys
from time import thread_time

import numpy as np
import torch
from table import begin, machine, markdown, report, say
from torch import Tensor, nn

from nasbench_pose.network import build, one_thread
from nasbench_pose.spaces import find

BRIEF = "--brief" in sys.argv
NETWORKS = ["micro-smallest", "micro-middle", "micro-largest"]
BATCHES = [8, 32] if BRIEF else [8, 16, 32, 64]
ORDERS = {"channels last": torch.channels_last, "contiguous": torch.contiguous_format}
ROUNDS, STEPS = (3, 2) if BRIEF else (15, 4)


def main() -> None:
    """Measure and report every network at every batch."""
    begin(__doc__, brief="a rehearsal with fewer rounds")
    rows = []
    for name in NETWORKS:
        for batch in BATCHES:
            say(f"{name}, batches of {batch}")
            with one_thread():
                rows.append([f"{name}, {batch}", *cells(name, batch)])
    head = ["network, batch", *(f"{order} (ms)" for order in ORDERS), "ratio", "images/s"]
    about = f"{machine('torch')}; one thread, processor time, medians of {ROUNDS} rounds of {STEPS} steps in turn"
    report("training", f"{markdown(head, rows)}\n\n{about}.")


def cells(name: str, batch: int) -> list[str]:
    """Return the milliseconds of a step in both orders, their ratio, and images per second in the better one."""
    subjects = [_subject(name, batch, order) for order in ORDERS.values()]
    taken = np.array([[_seconds(*subject) for subject in subjects] for _ in range(ROUNDS + 1)])[1:]
    last, contiguous = np.median(taken, axis=0) / STEPS
    return [f"{1e3 * last:.1f}", f"{1e3 * contiguous:.1f}", f"{contiguous / last:.2f}×", f"{batch / last:.0f}"]


def _subject(name: str, batch: int, order: torch.memory_format) -> tuple[nn.Module, torch.optim.Optimizer, Tensor]:
    network = build(find(name)).to(memory_format=order)  # type: ignore[call-overload]
    images = torch.randn(batch, *network.graph.input.shape, generator=torch.Generator().manual_seed(0))
    return network, torch.optim.AdamW(network.parameters()), images.contiguous(memory_format=order)


def _seconds(network: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor) -> float:
    started = thread_time()
    for _ in range(STEPS):
        optimizer.zero_grad()
        network(images).square().mean().backward()
        optimizer.step()
    return thread_time() - started


if __name__ == "__main__":
    main()
