"""What trainings and a reproduction will take, from steps that are measured here: hours, memory and disk."""

import io
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from nasbench_pose.evaluators.train import TrainEvaluator
from nasbench_pose.genotype import Genotype
from nasbench_pose.network.devices import reproducible, wait
from nasbench_pose.report.text import aligned
from nasbench_pose.reproduce.efficientpose import Plan, Search
from nasbench_pose.spaces import find
from nasbench_pose.strategies.supernet.stretch import Phase

TIMED = 2
"""Steps that are timed, after one that is not."""


@dataclass(frozen=True)
class Stage:
    """One search or training."""

    name: str
    steps: int
    seconds_per_step: float
    memory_bytes: int
    """Largest memory of the device until then, or on the CPU of the process."""
    disk_bytes: int
    """A checkpoint and the weights."""
    apart: bool = False
    """Whether one process does it, while others do other stages of this kind."""

    @property
    def hours(self) -> float:
        """Hours of all steps."""
        return self.steps * self.seconds_per_step / 3600


def stages(plan: Plan) -> list[Stage]:
    """Return the stages with their measured cost; the published networks stand for those that will be found."""
    device = torch.device(plan.protocol.device)
    with reproducible(device):
        searches = [_search(plan, search, device) for search in plan.searches]
        published = {name: find(f"EfficientPose-{name}") for search in plan.searches for name in search.networks}
        trained = plan.trained(published).items()
        return searches + [training(f"train {name}", plan.evaluator, each, plan.seed) for name, each in trained]


def _search(plan: Plan, search: Search, device: torch.device) -> Stage:
    training = plan.strategy(search).training
    phase = Phase(0, 1.0)
    weights = _seconds(lambda: training.train(1, phase, choices_every=None), device)
    both = _seconds(lambda: training.train(1, phase, choices_every=1), device)
    # a fifth of the steps of the second half are followed by one of the choices, on the mixture of all options
    per_step = weights + max(0.0, both - weights) / 10
    disk = 3 * _size(training.supernet.state_dict())  # weights and two moments of each, which these steps began to fill
    return Stage(f"search {search.name}", plan.search_steps, per_step, _memory(device), disk, apart=True)


def training(name: str, evaluator: TrainEvaluator, genotype: Genotype, seed: int) -> Stage:
    """Return a training with its measured cost; of several processes each measures, and waits for the others."""
    protocol = evaluator.protocol
    with reproducible(evaluator.device):
        steps = evaluator.steps(genotype, max(protocol.steps, TIMED + 1), seed)
        per_step = _seconds(steps.step, evaluator.device)
        return Stage(name, protocol.steps, per_step, _memory(evaluator.device), _size(steps.state_dict()))


def hours(found: Sequence[Stage], processes: int = 1) -> float:
    """Return the hours of all stages; the `processes` do those that are done apart beside each other.

    >>> searches = [Stage("a", 3600, 1, 0, 0, apart=True), Stage("b", 3600, 2, 0, 0, apart=True)]
    >>> hours([*searches, Stage("c", 3600, 4, 0, 0)]), hours([*searches, Stage("c", 3600, 4, 0, 0)], processes=8)
    (7.0, 6.0)
    """
    apart = [one.hours for one in found if one.apart]
    longest = max(sum(apart[rank::processes]) for rank in range(processes))
    return longest + sum(one.hours for one in found if not one.apart)


def costs(found: Sequence[Stage], title: str, processes: int = 1) -> str:
    """Return the stages as a table, with the time of all if there are several."""
    head = ["stage", "steps", "s/step", "hours", "memory GB", "disk MB"]
    rows = [[one.name, f"{one.steps:,}", f"{one.seconds_per_step:.3f}", f"{one.hours:,.1f}",
             f"{one.memory_bytes / 1e9:.1f}", f"{one.disk_bytes / 1e6:.0f}"] for one in found]  # fmt: skip
    if len(found) > 1:
        disk = sum(one.disk_bytes for one in found)
        memory = max(one.memory_bytes for one in found)
        rows.append(["all", "", "", f"{hours(found, processes):,.1f}", f"{memory / 1e9:.1f}", f"{disk / 1e6:.0f}"])
    return f"{title}\n{aligned([head, *rows], left=1)}"


def _seconds(step: Callable[[], object], device: torch.device) -> float:
    step()
    wait(device)
    started = time.perf_counter()
    for _ in range(TIMED):
        step()
    wait(device)
    return (time.perf_counter() - started) / TIMED


def measured_on(device: str, processes: int) -> str:
    """Return where stages were measured, in words.

    >>> measured_on("cuda:0", 8), measured_on("cpu", 1)
    ('measured on cuda, 8 devices', 'measured on cpu, one device')
    """
    count = "one device" if processes == 1 else f"{processes} devices"
    return f"measured on {device.partition(':')[0] if processes > 1 else device}, {count}"


def _memory(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _size(state: object) -> int:
    content = io.BytesIO()
    torch.save(state, content)
    return content.tell()
