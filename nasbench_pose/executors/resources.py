"""What a trial asks a cluster for."""

from collections.abc import Mapping

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

    def check(self, there: Mapping[str, float]) -> None:
        """Raise NasbenchPoseError if a machine with these resources (CPU, GPU, memory in bytes) has too little."""
        asked = {"GPU": self.gpus, "CPU": float(self.cores), "memory": (self.memory or 0.0) * 1e9}
        for name, amount in asked.items():
            if amount > there.get(name, 0.0):
                scale, unit = (1e9, " GB of memory") if name == "memory" else (1, f" {name}")
                raise NasbenchPoseError(
                    f"A trial asks for {amount / scale:g}{unit}, and this machine has "
                    f"{there.get(name, 0.0) / scale:.3g}: it would wait for ever."
                )
