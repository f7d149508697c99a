"""How fast costs are counted, beside fvcore, thop and ptflops: one network, a population, a program from cold start.

Says whether the targets are met. `--write` needs a quiet machine.
"""

import contextlib
import io
import logging
import os
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterable

import numpy as np
import torch
from table import begin, machine, markdown, report, say
from torch import nn

from nasbench_pose.cost import count, table
from nasbench_pose.network import build
from nasbench_pose.spaces import find, load

NETWORK, SIZE = "hrnet-w32", (256, 192)
POPULATION, MEMBERS, RUNS, COLD_RUNS = 1_000_000, 5, 7, 5

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


def seconds(work: Callable[[], object], runs: int = RUNS) -> float:
    """Return the median seconds of `runs` runs of `work`, after one that is not counted."""
    return statistics.median(list(times(work, runs))[1:])


def times(work: Callable[[], object], runs: int) -> Iterable[float]:
    """Yield the seconds of one more run than `runs`."""
    for _ in range(runs + 1):
        started = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            work()
        yield time.perf_counter() - started


def program(*arguments: str) -> float:
    """Return the median seconds of a program that is started cold."""
    environment = os.environ | {"PYTHONWARNINGS": "ignore"}
    line = [sys.executable, *arguments]
    return seconds(lambda: subprocess.run(line, check=True, capture_output=True, env=environment), COLD_RUNS)


def single() -> dict[str, dict[str, float]]:
    """Return, for each counter, the seconds of one network: already built, and from the file of its space."""
    graph, module, image = load("hrnet").graph(find(NETWORK), input=SIZE), build(find(NETWORK)).eval(), _image(SIZE)
    built = {"ours": seconds(lambda: count(graph), 50)}
    whole = {"ours": seconds(lambda: count(load("hrnet").graph(find(NETWORK), input=SIZE)), 20)}
    for name in COUNTERS:
        run = counter(name)
        built[name] = seconds(lambda run=run: run(module, image))
        whole[name] = seconds(lambda run=run: run(build(find(NETWORK)).eval(), image))
    return {"HRNet-W32 already built (ms)": built, "HRNet-W32 from its genotype (ms)": whole}


def population() -> dict[str, float]:
    """Return the seconds of each counter for one member of a population of EfficientPose's large space."""
    space, rng = load("efficientpose_large"), np.random.default_rng(0)
    codes, costs = space.sample_codes(POPULATION, rng), table(space, input=(256, 256), joints=16)
    members, image = [space.sample(rng) for _ in range(MEMBERS)], _image((256, 256))
    each = {"ours": seconds(lambda: costs.count(codes)) / POPULATION}
    for name in COUNTERS:
        run = counter(name)
        each[name] = seconds(lambda run=run: [run(build(g).eval(), image) for g in members], 3) / MEMBERS
    return each


def cold() -> dict[str, float]:
    """Return the seconds of a program that prints one cost."""
    ours = {"ours": program("-m", "nasbench_pose", "cost", NETWORK)}
    return ours | {name: program("-c", SCRIPT.format(counter=lines)) for name, lines in COUNTERS.items()}


def _image(size: tuple[int, int]) -> torch.Tensor:
    return torch.zeros(1, 3, *size)


def main() -> None:
    """Measure and report everything, on one core."""
    begin(__doc__)
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    logging.getLogger("fvcore").setLevel(logging.ERROR)
    say("one network")
    results = single()
    say("a population")
    results["each of a million genotypes (µs)"] = population()
    say("programs from cold start")
    results["program, cold (ms)"] = cold()
    rows = []
    for what, taken in results.items():
        scale = 1e6 if "µs" in what else 1e3
        others = [f"{scale * taken[name]:,.0f} ({taken[name] / taken['ours']:,.0f}×)" for name in COUNTERS]
        rows.append([what, f"{scale * taken['ours']:,.3g}", *others])
    built, _, each, started = (taken["ours"] for taken in results.values())
    ratio = results["HRNet-W32 already built (ms)"]["fvcore"] / built
    text = markdown(["", "nasbench-pose", *COUNTERS], rows)
    report("counting", f"{text}\n\n{machine('torch', *COUNTERS)}; one core, medians.")
    for met, target in (
        (ratio >= 100, f"one network 100 times as fast as fvcore: {ratio:.0f}"),
        (1 / each >= 10e6, f"10 million genotypes per second and core: {1 / each / 1e6:.1f}"),
        (started < 0.5, f"`cost` from cold start within 0.5 s: {started:.2f}"),
    ):
        print(f"{'met   ' if met else 'MISSED'}  {target}")


if __name__ == "__main__":
    main()
