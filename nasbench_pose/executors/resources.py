"""What a trial asks a cluster for."""

from collections.abc import Mapping, Sequence

from nasbench_pose.errors import InvalidNumberError, NasbenchPoseError
from nasbench_pose.scalar import finite, whole


class Resources:
    """GPUs, cores and memory (GB) of one trial.

    >>> Resources(0.5, 4, 8.0).gpus
    0.5
    >>> Resources(0, 0)
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidNumberError: A trial needs 1 core or more, not 0.
    """

    def __init__(self, gpus: float | None = None, cores: int | None = None, memory: float | None = None) -> None:
        """None stands for the default: no GPU, one core, memory that is not reserved."""
        self.gpus = float(finite(gpus or 0.0, "GPUs of a trial"))
        self.cores = whole(1 if cores is None else cores, "cores of a trial")
        self.memory = None if memory is None else float(finite(memory, "memory of a trial"))
        if self.gpus < 0:
            raise InvalidNumberError(f"A trial needs 0 GPUs or more, not {gpus:g}.")
        if self.cores < 1:
            raise InvalidNumberError(f"A trial needs 1 core or more, not {cores}.")
        if self.memory is not None and self.memory <= 0:
            raise InvalidNumberError(f"A trial needs more than 0 GB of memory, not {memory:g}.")
        if self.gpus > 1 and self.gpus != round(self.gpus):
            raise InvalidNumberError(f"A trial shares one GPU or has several whole ones, not {gpus:g}.")

    def check(self, machines: Sequence[Mapping[str, float]]) -> None:
        """Raise NasbenchPoseError if no machine has all of it; `machines` are CPU, GPU and bytes of memory of each.

        >>> Resources(gpus=2).check([{"CPU": 8.0, "GPU": 1.0}, {"CPU": 4.0, "GPU": 1.0}])
        Traceback (most recent call last):
            ...
        nasbench_pose.errors.NasbenchPoseError: A trial asks for 1 CPU and 2 GPU, which no machine ...
        """
        memory = (self.memory or 0.0) * 1e9
        asked = {"CPU": float(self.cores), "GPU": self.gpus, "memory": memory}
        asked = {name: amount for name, amount in asked.items() if amount}
        if any(all(there.get(name, 0.0) >= amount for name, amount in asked.items()) for there in machines):
            return
        most = {name: max((there.get(name, 0.0) for there in machines), default=0.0) for name in asked}
        raise NasbenchPoseError(
            f"A trial asks for {_amounts(asked)}, which no machine of the cluster has; the most that one has are "
            f"{_amounts(most)}. It would wait for ever: ask for less, or let a larger machine join."
        )


def _amounts(resources: Mapping[str, float]) -> str:
    return " and ".join(
        f"{amount / 1e9:.3g} GB of memory" if name == "memory" else f"{amount:g} {name}"
        for name, amount in resources.items()
    )
