"""Processor time of counting a torch module that is already built, beside its forward pass and other counters.

All are timed in turn, so that what else the machine does falls on each alike. No count makes a copy of the module.
"""

import contextlib
import io
import logging
import sys
import warnings
from collections.abc import Callable
from time import process_time

import numpy as np
import torch
from table import begin, machine, markdown, report, say
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from nasbench_pose.cost.counters import inventory_of
from nasbench_pose.network import build
from nasbench_pose.spaces import find

BRIEF = "--brief" in sys.argv
NETWORKS = {"HRNet-W48": (256, 192), "EfficientPose-A": (256, 256)}
ROUNDS = 5 if BRIEF else 11

Count = Callable[[nn.Module, torch.Tensor], object]


def fvcore(module: nn.Module, image: torch.Tensor) -> object:
    from fvcore.nn import FlopCountAnalysis

    return FlopCountAnalysis(module, image).unsupported_ops_warnings(False).total()


def thop(module: nn.Module, image: torch.Tensor) -> object:
    from thop import profile

    return profile(module, (image,), verbose=False)


def ptflops(module: nn.Module, image: torch.Tensor) -> object:
    from ptflops import get_model_complexity_info

    shape = tuple(image.shape[1:])
    return get_model_complexity_info(module, shape, as_strings=False, print_per_layer_stat=False, verbose=False)


def torch_counter(module: nn.Module, image: torch.Tensor) -> object:
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(image)
    return counter.get_total_flops()


def forward(module: nn.Module, image: torch.Tensor) -> object:
    with torch.no_grad():
        return module(image)


COUNTS: dict[str, Count] = {
    "nasbench-pose": lambda module, image: inventory_of(module, (image,)).macs,
    "fvcore": fvcore,
    "thop": thop,
    "ptflops": ptflops,
    "torch": torch_counter,
    "its forward pass": forward,
}
"""Name -> a count as a user of the tool would write it; the last is what all of them run."""


def milliseconds(name: str, size: tuple[int, int]) -> list[float]:
    """Return the median milliseconds of each count of one network."""
    module, image = build(find(name), input=size).eval(), torch.zeros(1, 3, *size)
    taken = np.array([[_seconds(count, module, image) for count in COUNTS.values()] for _ in range(ROUNDS + 1)])
    return list(1e3 * np.median(taken[1:], axis=0))


def _seconds(count: Count, module: nn.Module, image: torch.Tensor) -> float:
    with contextlib.redirect_stdout(io.StringIO()):
        started = process_time()
        count(module, image)
        return process_time() - started


def main() -> None:
    """Measure and report both networks, and say where we are not first."""
    begin(__doc__, brief="a rehearsal with fewer rounds")
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    logging.getLogger("fvcore").setLevel(logging.ERROR)
    rows, behind = [], []
    for name, (height, width) in NETWORKS.items():
        say(name)
        ours, *others = milliseconds(name, (height, width))
        rows.append([f"{name}, {height}×{width} (ms)", f"{ours:.0f}", *(f"{x:.0f} ({x / ours:.2f}×)" for x in others)])
        faster = [tool for tool, x in zip(list(COUNTS)[1:-1], others, strict=False) if x < ours]
        behind += [f"{name}: {', '.join(faster)} before us"] if faster else []
    about = f"{machine('torch', 'fvcore', 'thop', 'ptflops')}; one core, processor time, medians of {ROUNDS} in turn"
    report("modules", f"{markdown(['', *COUNTS], rows)}\n\n{about}. {'; '.join(behind) or 'We are first in both'}.")


if __name__ == "__main__":
    main()
