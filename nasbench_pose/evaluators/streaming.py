"""Batches of crops that are cut from photographs by worker processes while the network trains."""

import gc
import os
import signal
from collections.abc import Iterator
from traceback import clear_frames
from typing import Any
from weakref import finalize

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from nasbench_pose.errors import DataError
from nasbench_pose.evaluators.batches import Tensors, normalise
from nasbench_pose.evaluators.processes import ALONE, Processes
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.pose.augmentation import Augmentation
from nasbench_pose.pose.photographs import Photographs

Crop = tuple[Tensor, Tensor, Tensor]
"""Image (3, h, w, uint8), joints (J, 2), labelled (J)."""

MOST_LOADERS = 8
GRACE = 60
"""Seconds after SIGTERM in which a worker still serves its parent."""


def default_loaders(trainings: int = 1) -> int:
    """Return the number of processes that read photographs for each of the `trainings` of this machine.

    It is one for each core but the one that trains, at most 8.
    """
    return max(0, min(MOST_LOADERS, len(os.sched_getaffinity(0)) // trainings - 1))


class DrawnCrops(Dataset[Crop]):
    """The endless sequence of training crops: crop k depends on the seed and on k alone.

    Every person comes once in each round, in an order that the seed and the round draw. So the crops do not depend on
    the number of worker processes, and a training can continue at any of them.
    """

    def __init__(self, people: Photographs, settings: Augmentation, seed: int) -> None:
        self._people, self._settings, self._seed = people, settings, seed
        self._order: tuple[int, Any] = (-1, None)

    def __getitem__(self, number: int) -> Crop:
        """Return crop `number`; raise DataError for an unreadable photograph."""
        turn, place = divmod(number, len(self._people))
        if self._order[0] != turn:
            self._order = turn, np.random.default_rng([self._seed, 0, turn]).permutation(len(self._people))
        rng = np.random.default_rng([self._seed, 1, number])
        image, joints, labelled = self._people.drawn(int(self._order[1][place]), self._settings, rng)
        return _tensors(image, joints, labelled)


class PlainCrops(Dataset[Crop]):
    """The crops of people, unchanged, for measuring."""

    def __init__(self, people: Photographs) -> None:
        self._people = people

    def __getitem__(self, person: int) -> Crop:
        """Return the crop of one person; raise DataError for an unreadable photograph."""
        people = self._people
        return _tensors(people.image(person), people.joints[person], people.labelled[person])


class _Numbers(Sampler[list[int]]):
    """Batches of consecutive numbers from `first` on, up to `end` or without an end, and of each batch the `share`."""

    def __init__(self, first: int, batch: int, end: int | None = None, share: slice = slice(None)) -> None:
        self._first, self._batch, self._end, self._share = first, batch, end, share

    def __iter__(self) -> Iterator[list[int]]:
        low = self._first
        while self._end is None or low < self._end:
            high = low + self._batch if self._end is None else min(low + self._batch, self._end)
            yield list(range(low, high))[self._share]
            low = high


class StreamedBatches(Iterator[Tensors]):
    """Endless random batches of people whose crops are cut from photographs by `loaders` processes.

    Of several processes that train together, each cuts its own part of every batch.
    """

    def __init__(
        self,
        people: Photographs,
        protocol: Protocol,
        seed: int,
        device: torch.device,
        loaders: int | None = None,
        processes: Processes = ALONE,
    ) -> None:
        if not len(people):
            raise DataError("There is nobody to train on.")
        self._people, self._batch, self._device = people, protocol.batch, device
        self._crops = DrawnCrops(people, protocol.augmentation, seed)
        self._loaders = default_loaders(processes.count_here) if loaders is None else loaders
        self._share = processes.share(protocol.batch)
        self._next = 0
        self._waiting: list[Iterator[list[Tensor]]] = []
        finalize(self, self._waiting.clear)  # at exit, too: otherwise the end of its processes would be waited for

    def __next__(self) -> Tensors:
        """Return the next batch; raise DataError for an unreadable photograph."""
        if not self._waiting:
            numbers = _Numbers(self._next, self._batch, share=self._share)
            self._waiting.append(iter(_loader(self._crops, numbers, self._loaders, self._device)))
        try:
            crops = _next_of(self._waiting[0])
        except BaseException:
            self._waiting.clear()  # ends its processes
            raise
        self._next += self._batch
        return _there(crops, self._people, self._device)

    def state_dict(self) -> dict[str, int]:
        """Return the number of the next crop."""
        return {"next": self._next}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Continue with the next crop at which `state` was taken."""
        self._next = state["next"]
        self._waiting.clear()


def chunks(people: Photographs, size: int, device: torch.device, loaders: int | None = None) -> Iterator[Tensors]:
    """Yield the people in order, `size` at a time, normalised and on `device`."""
    count = default_loaders() if loaders is None else loaders
    loader = iter(_loader(PlainCrops(people), _Numbers(0, size, len(people)), count, device))
    try:
        for _ in range(0, len(people), size):
            yield _there(_next_of(loader), people, device)
    finally:
        del loader  # ends its processes, even while somebody keeps the error


def _next_of(loader: Iterator[list[Tensor]]) -> list[Tensor]:
    """Return the next crops; raise the DataError of a worker as it was: torch puts the worker's traceback into it.

    The frames of an error let go of the loader: its processes would be waited for when this one ends.
    """
    try:
        return next(loader)
    except DataError as error:
        clear_frames(error.__traceback__)
        said = str(error).rpartition("DataError: ")[2].strip()
    except BaseException as error:
        clear_frames(error.__traceback__)
        raise
    finally:
        del loader
    raise DataError(said)


def _loader(crops: Dataset[Crop], numbers: _Numbers, loaders: int, device: torch.device) -> DataLoader[Crop]:
    more: dict[str, Any] = {"prefetch_factor": 4, "worker_init_fn": _begin} if loaders else {}
    return DataLoader(crops, batch_sampler=numbers, num_workers=loaders, pin_memory=device.type == "cuda", **more)


def _begin(_: int) -> None:
    """Prepare a new worker.

    It never collects what it inherited: a loader of its parent would end workers of others. A walltime sends SIGTERM to
    all processes: the worker goes on until its parent has ended, which needs it for the step that is under way.
    """
    gc.freeze()
    signal.signal(signal.SIGTERM, lambda *_: signal.alarm(GRACE))


def _tensors(image: Any, joints: Any, labelled: Any) -> Crop:
    return torch.from_numpy(image.copy()).permute(2, 0, 1), torch.from_numpy(joints), torch.from_numpy(labelled)


def _there(crops: list[Tensor], people: Photographs, device: torch.device) -> Tensors:
    images, joints, labelled = (part.to(device, non_blocking=True) for part in crops)
    made = normalise(images).contiguous(memory_format=torch.channels_last)
    return Tensors(made, joints, labelled, people.skeleton)
