"""A training step beside plain PyTorch code of the same training: batch, mirror, targets, loss, optimiser, schedule.

Both train the same network on the same people in memory. What differs is the processor time of everything around it.
"""

import math
import sys

import numpy as np
import torch
from table import begin, machine, report, say
from timing import OURS, Seconds, comparison, in_turn
from torch import nn

from nasbench_pose.evaluators.batches import DEVIATION, MEAN, Batches, Tensors
from nasbench_pose.evaluators.protocol import MIRROR, Protocol
from nasbench_pose.evaluators.steps import Steps
from nasbench_pose.network import build, one_thread
from nasbench_pose.pose.people import People
from nasbench_pose.pose.skeleton import COCO17

BRIEF = "--brief" in sys.argv
ROUNDS = 1 if BRIEF else 9
PLAIN = "plain PyTorch"
SUBJECTS = {
    "micro-smallest, 16 of 64×64 (ms)": ("micro-smallest", (64, 64), 16),
    "micro-largest, 16 of 64×64 (ms)": ("micro-largest", (64, 64), 16),
    "EfficientPose-A, 4 of 256×192 (ms)": ("EfficientPose-A", (256, 192), 4),
    "HRNet-W32, 2 of 256×192 (ms)": ("HRNet-W32", (256, 192), 2),
}
PUBLISHED = ("EfficientPose-A", "HRNet-W32")
LARGEST = 0.05
"""Share of the plain step that ours may take more, for published networks at their size."""


def main() -> None:
    """Measure and report every network."""
    begin(__doc__, brief="a rehearsal of one round")
    rows = {}
    for what, subject in SUBJECTS.items():
        say(what)
        with one_thread():
            rows[what] = taken(*subject)
    over = {what.partition(",")[0]: each[OURS] / each[PLAIN] - 1 for what, each in rows.items()}
    shares = ", ".join(f"{name} {share:+.1%}" for name, share in over.items())
    met = "at most" if max(over[name] for name in PUBLISHED) <= LARGEST else "MORE THAN"
    about = f"{machine('torch')}; one thread, processor time, medians of {ROUNDS} in turn"
    report(
        "steps",
        f"{comparison(rows, [PLAIN])}\n\nOver the plain step: {shares}; {met} {LARGEST:.0%} at 256×192.\n\n{about}.",
    )


def taken(name: str, size: tuple[int, int], batch: int) -> Seconds:
    """Return the seconds of a step of each way."""
    people = crowd(size)
    protocol = Protocol(input=size, batch=batch, loss="mse", optimizer="adam", weight_decay=0, augmentation=MIRROR)
    batches = Batches(Tensors.of(people), protocol, torch.Generator().manual_seed(0))
    mine = Steps(network(name, size), batches, protocol, 10_000)
    mine.network.train()
    plain = Plain(network(name, size), people, protocol)
    return in_turn({OURS: mine.step, PLAIN: plain.step}, ROUNDS)


def network(name: str, size: tuple[int, int]) -> nn.Module:
    """Return the network before its training."""
    return build(name, joints=17, input=size).to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def crowd(size: tuple[int, int], n: int = 64) -> People:
    """Return people of noise: a step takes as long."""
    rng = np.random.default_rng(0)
    joints = rng.uniform(0, min(size), (n, 17, 2)).astype(np.float32)
    labelled = np.ones((n, 17), dtype=bool)
    images = rng.integers(0, 256, (n, *size, 3), np.uint8)
    return People(images, joints, labelled, labelled, np.full(n, 9.0), COCO17)


class Plain:
    """The training as one writes it for one network, with nothing but PyTorch."""

    def __init__(self, network: nn.Module, people: People, protocol: Protocol) -> None:
        self.network, self.batch, self.sigma = network.train(), protocol.batch, protocol.sigma
        self.images = torch.from_numpy(people.images.copy()).permute(0, 3, 1, 2)
        self.joints, self.order = torch.from_numpy(people.joints.copy()), torch.tensor(COCO17.flip_order)
        self.mean, self.std = (torch.tensor(values)[:, None, None] for values in (MEAN, DEVIATION))
        self.optimizer = torch.optim.Adam(network.parameters(), 1e-2)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(self.optimizer, 1e-2, total_steps=10_000)
        self.losses: list[float] = []

    def step(self) -> None:
        """Train on one batch."""
        index = torch.randint(len(self.images), (self.batch,))
        images, joints = (self.images[index].float() / 255 - self.mean) / self.std, self.joints[index]
        width = images.shape[3]
        mirrored = torch.rand(self.batch) < 0.5
        images[mirrored] = images[mirrored].flip(3)
        joints[mirrored] = joints[mirrored][:, self.order] * torch.tensor([-1, 1]) + torch.tensor([width - 1, 0])
        maps = self.network(images.contiguous(memory_format=torch.channels_last))
        self.optimizer.zero_grad()
        loss = 0.5 * nn.functional.mse_loss(maps, self.target(joints, *maps.shape[2:]))
        loss.backward()
        self.optimizer.step()
        self.schedule.step()
        self.losses.append(loss.item())
        assert math.isfinite(self.losses[-1])

    def target(self, joints: torch.Tensor, height: int, width: int) -> torch.Tensor:
        """Return the Gaussians (n, J, h, w)."""
        x, y = ((joints - 1.5) / 4).unbind(-1)
        across = torch.exp(-((torch.arange(width) - x[..., None]) ** 2) / (2 * self.sigma**2))
        down = torch.exp(-((torch.arange(height) - y[..., None]) ** 2) / (2 * self.sigma**2))
        return down[..., :, None] * across[..., None, :]


if __name__ == "__main__":
    main()
