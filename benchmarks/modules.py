"""Processor time of counting a torch module that is already built, beside its forward pass and other counters.

All are timed in turn, so that what else the machine does falls on each alike. No count makes a copy of the module.
"""

import logging
import sys
import warnings
from collections.abc import Callable

import torch
from table import begin, machine, report, say
from timing import OURS, Seconds, comparison, in_turn, installed
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from nasbench_pose.cost.counters import inventory_of
from nasbench_pose.network import build
from nasbench_pose.spaces import find

BRIEF = "--brief" in sys.argv
NETWORKS = {"HRNet-W48": (256, 192), "EfficientPose-A": (256, 256)}
PEERS, FORWARD = ("fvcore", "thop", "ptflops"), "its forward pass"
ROUNDS = 2 if BRIEF else 5

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
    OURS: lambda module, image: inventory_of(module, (image,)).macs,
    "fvcore": fvcore,
    "thop": thop,
    "ptflops": ptflops,
    "torch's counter": torch_counter,
    FORWARD: forward,
}
"""Name -> a count as a user of the tool would write it; the last is what all of them run."""


def one_module(name: str, size: tuple[int, int], counts: dict[str, Count]) -> Seconds:
    """Return the seconds of each count of one network."""
    module, image = build(find(name), input=size).eval(), torch.zeros(1, 3, *size)
    return in_turn({tool: lambda count=count: count(module, image) for tool, count in counts.items()}, ROUNDS)


def main() -> None:
    """Measure and report both networks, and say where we are not first."""
    begin(__doc__, brief="a rehearsal with fewer rounds")
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    logging.getLogger("fvcore").setLevel(logging.ERROR)
    peers = installed(*PEERS)
    counts = {name: count for name, count in COUNTS.items() if name in peers or name not in PEERS}
    rows = {}
    for name, (height, width) in NETWORKS.items():
        say(name)
        rows[f"{name}, {height}×{width} (ms)"] = one_module(name, (height, width), counts)
    about = f"{machine('torch', *peers)}; one core, processor time, medians of {ROUNDS} in turn."
    report("modules", f"{comparison(rows, floors=(FORWARD,))}\n\n{about}")


if __name__ == "__main__":
    main()
