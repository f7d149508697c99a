"""Processor time of counting costs, beside fvcore, thop and ptflops: one network, a population, a cold start.

Says whether the targets are met.
"""

import logging
import sys
import warnings
from collections.abc import Callable

import numpy as np
import torch
from table import begin, machine, report, say
from timing import OURS, Seconds, comparison, digits, in_turn, installed, programs_in_turn, verdicts
from torch import nn

from nasbench_pose.cost import count, table
from nasbench_pose.network import build
from nasbench_pose.spaces import find, load

BRIEF = "--brief" in sys.argv
NETWORK, SIZE = "hrnet-w32", (256, 192)
SPACES = ["efficientpose_large", "efficientpose_small", "mobile_pose", "hrnet_search", "darts_pose"]
POPULATION, MEMBERS = 1_000_000, 3
ROUNDS = 1 if BRIEF else 3

COUNTERS = {
    "fvcore": "from fvcore.nn import FlopCountAnalysis\n"
    "def count(net, x): return FlopCountAnalysis(net, x).unsupported_ops_warnings(False).total()",
    "thop": "from thop import profile\ndef count(net, x): return profile(net, (x,), verbose=False)[0]",
    "ptflops": "from ptflops import get_model_complexity_info\n"
    "def count(net, x): return get_model_complexity_info(net, tuple(x.shape[1:]), as_strings=False, "
    "print_per_layer_stat=False, verbose=False)[0]",
}
"""Name -> Python that defines `count(module, image)`, as a user of the tool would write it."""

SCRIPT = f"""
import torch
from nasbench_pose.network import build
from nasbench_pose.spaces import find
{{counter}}
print(count(build(find({NETWORK!r})).eval(), torch.zeros(1, 3, *{SIZE})))
"""

Count = Callable[[nn.Module, torch.Tensor], float]


def counter(name: str) -> Count:
    """Return the counter as a function."""
    defined: dict[str, Count] = {}
    exec(COUNTERS[name], defined)
    return defined["count"]


def one_network(peers: list[str]) -> dict[str, Seconds]:
    """Return the seconds of one network: already built, and from the file of its space."""
    graph, module, image = load("hrnet").graph(find(NETWORK), input=SIZE), build(find(NETWORK)).eval(), _image(SIZE)
    counters = {name: counter(name) for name in peers}
    built = {OURS: lambda: [count(graph) for _ in range(50)]}
    built |= {name: lambda run=run: run(module, image) for name, run in counters.items()}
    whole = {OURS: lambda: [count(load("hrnet").graph(find(NETWORK), input=SIZE)) for _ in range(10)]}
    whole |= {name: lambda run=run: run(build(find(NETWORK)).eval(), image) for name, run in counters.items()}
    return {
        "HRNet-W32 already built (ms)": in_turn(built, ROUNDS, dict.fromkeys(peers, 1) | {OURS: 50}),
        "HRNet-W32 from its genotype (ms)": in_turn(whole, ROUNDS, dict.fromkeys(peers, 1) | {OURS: 10}),
    }


def population(peers: list[str]) -> Seconds:
    """Return the seconds of each counter for one member of a population of EfficientPose's large space."""
    space, rng = load("efficientpose_large"), np.random.default_rng(0)
    codes, costs = space.sample_codes(POPULATION, rng), table(space, input=(256, 256), joints=16)
    members, image = [space.sample(rng) for _ in range(MEMBERS)], _image((256, 256))
    each = {OURS: lambda: costs.count(codes)}
    for name, counted in {name: counter(name) for name in peers}.items():
        each[name] = lambda run=counted: [run(build(g).eval(), image) for g in members]
    return in_turn(each, ROUNDS, dict.fromkeys(peers, MEMBERS) | {OURS: POPULATION})


def spaces() -> str:
    """Return the nanoseconds of one member of a population in each of several spaces."""
    ways, rng = {}, np.random.default_rng(0)
    for name in SPACES:
        codes, costs = load(name).sample_codes(POPULATION, rng), table(load(name))
        ways[name] = lambda codes=codes, costs=costs: costs.count(codes)
    taken = in_turn(ways, ROUNDS, POPULATION)
    return ", ".join(f"{name} {digits(1e9 * seconds)}" for name, seconds in taken.items())


def cold(peers: list[str]) -> Seconds:
    """Return the seconds of a program that prints one cost."""
    lines = {OURS: [sys.executable, "-m", "nasbench_pose", "cost", NETWORK]}
    lines |= {name: [sys.executable, "-c", SCRIPT.format(counter=COUNTERS[name])] for name in peers}
    return programs_in_turn(lines, ROUNDS, {"PYTHONWARNINGS": "ignore"})


def _image(size: tuple[int, int]) -> torch.Tensor:
    return torch.zeros(1, 3, *size)


def main() -> None:
    """Measure and report everything, on one core."""
    begin(__doc__, brief="a rehearsal with fewer rounds")
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    logging.getLogger("fvcore").setLevel(logging.ERROR)
    peers = installed(*COUNTERS)
    say("one network")
    results = one_network(peers)
    say("a population")
    results["each of a million genotypes (µs)"] = population(peers)
    each = spaces()
    say("programs from cold start")
    results["program, cold (ms)"] = cold(peers)
    about = f"{machine('torch', *peers)}; one core, processor time, medians in turn."
    report("counting", f"{comparison(results)}\n\nNanoseconds of a member of a population: {each}.\n\n{about}")
    built, _, member, started = results.values()
    verdicts(
        ("fvcore" in peers and built["fvcore"] >= 100 * built[OURS], "one network 100 times as fast as fvcore"),
        (member[OURS] <= 1e-7, f"10 million genotypes per second and core: {1e-6 / member[OURS]:.1f}"),
        (started[OURS] < 0.5, f"`cost` from cold start within 0.5 s: {started[OURS]:.2f}"),
    )


if __name__ == "__main__":
    main()
