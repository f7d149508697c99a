"""Print how fast questions about whole populations are answered, people drawn, and the program started."""

import argparse
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from nasbench_pose.cost import histogram, table, window
from nasbench_pose.pose import synthetic
from nasbench_pose.spaces import load

POPULATION, DRAWS, PEOPLE, RUNS = 1_000_000, 10_000, 2_000, 5


def seconds(work: Callable[[], object]) -> float:
    """Return the median seconds of `RUNS` runs of `work`, after one that is not counted."""
    work()
    taken = []
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def command(*arguments: str) -> float:
    """Return the median seconds of a whole command, started cold."""
    line = [sys.executable, "-m", "nasbench_pose", *arguments]
    return seconds(lambda: subprocess.run(line, check=True, capture_output=True))


def main() -> None:
    """Measure and print everything."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")
    space = load("efficientpose_large")
    codes, costs = space.sample_codes(POPULATION, np.random.default_rng(0)), table(space, input=(256, 256), joints=16)
    print(f"population memory    {POPULATION / seconds(lambda: costs.memory(codes)) / 1e6:8.1f} M genotypes/s")
    print(f"cost table           {seconds(lambda: table(space)) * 1e3:8.0f} ms, of {space.size:.1e} genotypes")
    print(f"exact histogram      {seconds(lambda: histogram(costs)) * 1e3:8.0f} ms, of all of them")
    print(f"window of cost       {seconds(lambda: window(costs, 10**9, 2 * 10**9).size) * 1e3:8.0f} ms")
    within = window(costs, 10**9, 2 * 10**9)
    drawn = seconds(lambda: within.sample(DRAWS, np.random.default_rng(0)))
    print(f"drawn from it        {DRAWS / drawn / 1e3:8.1f} k genotypes/s")
    drawn = seconds(lambda: synthetic.generate(PEOPLE, seed=0, stream=0, size=(64, 64)))
    print(f"people drawn         {PEOPLE / drawn:8.0f} images/s at 64×64")
    print(f"--help               {command('--help') * 1e3:8.0f} ms")


if __name__ == "__main__":
    main()
