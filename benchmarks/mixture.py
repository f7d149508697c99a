"""A step of the mixture on the search network of darts_micro, beside the step of DARTS written out plainly.

The plain cells are those of the paper and have the same weights; both give the same heat maps and gradients, which is
checked. Time is processor time of one thread. Memory is the peak of a process of its own during its first step, above
what it had before; `--peak NAME SPACE BATCH` is such a process. Beside it is what autograd keeps for the gradients.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time

import torch
from table import begin, machine, markdown, report
from timing import in_turn
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from nasbench_pose.network import build_supernet, one_thread
from nasbench_pose.network.supernet import Supernet
from nasbench_pose.spaces import SearchSpace, load

BRIEF = "--brief" in sys.argv
BATCHES = [4] if BRIEF else [16, 64]
ROUNDS = 2 if BRIEF else 5
OURS, PLAIN, RECOMPUTED = "nasbench-pose", "plain", "recomputed"
CELLS = "darts_micro"
LARGE, LARGE_BATCH = ("efficientpose_micro", 4) if BRIEF else ("efficientpose_small", 8)
"""A space whose supernet is large, at its own size of images: 256×256 for efficientpose_small."""
Loss = Callable[[], Tensor]


class Operations(nn.Module):
    """The mixed operation of one edge: Σ wᵢ·oᵢ(x)."""

    def __init__(self, c: int, stride: int) -> None:
        super().__init__()
        pools = (nn.MaxPool2d(3, stride, 1), nn.AvgPool2d(3, stride, 1, count_include_pad=False))
        self._ops = nn.ModuleList(
            [
                Zero(stride), *(nn.Sequential(pool, norm(c)) for pool in pools),
                nn.Identity() if stride == 1 else Halved(c, c),
                Separable(c, 3, stride, twice=True), Separable(c, 5, stride, twice=True),
                Separable(c, 3, stride, twice=False), Separable(c, 5, stride, twice=False),
            ]
        )  # fmt: skip

    def forward(self, x: Tensor, weights: Tensor) -> Tensor:
        """Return the mixture."""
        mixed: Tensor = sum(w * op(x) for w, op in zip(weights, self._ops, strict=True))  # type: ignore[assignment]
        return mixed


class Zero(nn.Module):
    """The operation `none`."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """Return zeros."""
        return x[:, :, :: self.stride, :: self.stride].mul(0.0)


class Separable(nn.Module):
    """A separable convolution, twice, or once with dilation."""

    def __init__(self, c: int, k: int, stride: int, *, twice: bool) -> None:
        super().__init__()
        wide = 1 if twice else 2
        depthwise = nn.Conv2d(c, c, k, stride, wide * (k // 2), dilation=wide, groups=c, bias=False)
        parts = [nn.ReLU(), depthwise, nn.Conv2d(c, c, 1, bias=False), norm(c)]
        if twice:
            again = nn.Conv2d(c, c, k, 1, k // 2, groups=c, bias=False)
            parts += [nn.ReLU(), again, nn.Conv2d(c, c, 1, bias=False), norm(c)]
        self.op = nn.Sequential(*parts)

    def forward(self, x: Tensor) -> Tensor:
        """Return the maps."""
        out: Tensor = self.op(x)
        return out


class Halved(nn.Module):
    """The factorised reduction."""

    def __init__(self, inside: int, c: int) -> None:
        super().__init__()
        self.conv_1 = nn.Conv2d(inside, c // 2, 1, 2, bias=False)
        self.conv_2 = nn.Conv2d(inside, c // 2, 1, 2, bias=False)
        self.bn = norm(c)

    def forward(self, x: Tensor) -> Tensor:
        """Return the halved maps."""
        x = x.relu()
        out: Tensor = self.bn(torch.cat([self.conv_1(x), self.conv_2(x[:, :, 1:, 1:])], 1))
        return out


class Squeezed(nn.Module):
    """ReLU, 1×1 convolution and normalisation."""

    def __init__(self, inside: int, c: int) -> None:
        super().__init__()
        self.op = nn.Sequential(nn.ReLU(), nn.Conv2d(inside, c, 1, bias=False), norm(c))

    def forward(self, x: Tensor) -> Tensor:
        """Return the maps."""
        out: Tensor = self.op(x)
        return out


class Cell(nn.Module):
    """A cell with all edges open."""

    def __init__(self, before: int, last: int, c: int, *, reduces: bool, after_reduction: bool) -> None:
        super().__init__()
        self.preprocess0 = Halved(before, c) if after_reduction else Squeezed(before, c)
        self.preprocess1 = Squeezed(last, c)
        strides = (2 if reduces and state < 2 else 1 for node in range(4) for state in range(2 + node))
        self._ops = nn.ModuleList([Operations(c, stride) for stride in strides])

    def forward(self, before: Tensor, last: Tensor, weights: list[Tensor]) -> Tensor:
        """Return the concatenated nodes; `weights` are those of the edges in order."""
        states, edge = [self.preprocess0(before), self.preprocess1(last)], 0
        for _ in range(4):
            terms = [self._ops[edge + i](state, weights[edge + i]) for i, state in enumerate(states)]
            edge += len(states)
            node: Tensor = sum(terms)  # type: ignore[assignment]
            states.append(node)
        return torch.cat(states[2:], 1)


class Plain(nn.Module):
    """The search network of darts_micro: a normal cell, a reduction cell, a normal cell."""

    def __init__(self) -> None:
        super().__init__()
        first = (nn.Conv2d(3, 4, 3, 2, 1, bias=False), norm(4), nn.ReLU(), nn.Conv2d(4, 8, 3, 2, 1, bias=False))
        self.stem0 = nn.Sequential(*first, norm(8))
        self.cells = nn.ModuleList(
            [
                Cell(8, 8, 8, reduces=False, after_reduction=False),
                Cell(8, 32, 16, reduces=True, after_reduction=False),
                Cell(32, 64, 16, reduces=False, after_reduction=True),
            ]
        )
        self.deconv_layers = nn.Sequential(nn.ConvTranspose2d(64, 32, 4, 2, 1, bias=False), norm(32), nn.ReLU())
        self.final_layer = nn.Conv2d(32, 14, 1)

    def forward(self, x: Tensor, weights: dict[str, Tensor]) -> Tensor:
        """Return the heat maps."""
        edges = {kind: [weights[f"{kind}{n}.{s}"] for n in range(2, 6) for s in range(n)] for kind in "nr"}
        before = last = self.stem0(x)
        for cell, kind in zip(self.cells, "nrn", strict=True):
            before, last = last, cell(before, last, edges[kind])
        maps: Tensor = self.final_layer(self.deconv_layers(last.relu()))
        return maps


def norm(c: int) -> nn.Module:
    """Return the normalisation of a search network."""
    return nn.BatchNorm2d(c, affine=False, track_running_stats=False)


def main() -> None:
    """Check that both are the same, measure, and report."""
    begin(__doc__, brief="a rehearsal with fewer rounds")
    space = load(CELLS)
    ours, plain = build_supernet(space), Plain()
    plain.load_state_dict(ours.state_dict())
    rows = []
    for batch in BATCHES:
        images, logits = inputs(space, batch)
        ways = {name: step(network, images, logits) for name, network in ((OURS, ours), (PLAIN, plain))}
        with one_thread():
            check(ways, [*logits.values()])
            seconds = in_turn({name: lambda loss=loss: loss().backward() for name, loss in ways.items()}, ROUNDS)
            kept = {name: megabytes(loss) for name, loss in ways.items()}
        peaks = {name: of_a_process(name, CELLS, batch)[0] for name in ways}
        cells = [f"batch {batch}"]
        for each, unit in ((seconds, 1e3), (peaks, 1.0), (kept, 1.0)):
            cells += [*(f"{unit * each[name]:.0f}" for name in (OURS, PLAIN)), f"{each[PLAIN] / each[OURS]:.2f}×"]
        rows.append(cells)
    head = ["darts_micro, 64×64", "ours (ms)", "plain (ms)", "", "ours (MB, peak)", "plain (MB, peak)", "",
            "ours (MB kept)", "plain (MB kept)", ""]  # fmt: skip
    about = f"{machine('torch')}; one thread, processor time, medians of {ROUNDS} steps in turn"
    report("mixture", f"{markdown(head, rows)}\n\n{large()}\n\n{about}.")


def large() -> str:
    """Return what a step takes on a large space with activations stored, and recomputed block by block."""
    rows = []
    for name, what in ((OURS, "stored"), (RECOMPUTED, "recomputed")):
        megabytes_taken, seconds = of_a_process(name, LARGE, LARGE_BATCH)
        rows.append([what, f"{megabytes_taken / 1e3:.2f}", f"{seconds:.1f}"])
    height, width = load(LARGE).input
    head = [f"activations of {LARGE}, {width}×{height}, batch {LARGE_BATCH}", "peak (GB)", "first step (s)"]
    return markdown(head, rows)


def inputs(space: SearchSpace, batch: int) -> tuple[Tensor, dict[str, Tensor]]:
    """Return images and logits of the choices."""
    rng = torch.Generator().manual_seed(0)
    logits = {choice: torch.randn(len(o), generator=rng).requires_grad_() for choice, o in space.choices.items()}
    return torch.randn(batch, 3, *space.input, generator=rng).contiguous(memory_format=torch.channels_last), logits


def step(network: Supernet | Plain, images: Tensor, logits: dict[str, Tensor]) -> Loss:
    """Return the loss of a step of the choices."""
    return lambda: network(images, {name: each.softmax(0) for name, each in logits.items()}).square().mean()


def check(ways: dict[str, Loss], logits: list[Tensor]) -> None:
    """Raise AssertionError unless both have the same loss and the same gradient of the logits."""
    (ours, mine), (plain, theirs) = ((loss(), torch.autograd.grad(loss(), logits)) for loss in ways.values())
    torch.testing.assert_close(ours, plain, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(torch.cat(mine), torch.cat(theirs), rtol=1e-3, atol=1e-5)


def megabytes(loss: Loss) -> float:
    """Return what autograd keeps of a forward pass, each storage once."""
    kept: dict[int, int] = {}

    def pack(value: Tensor) -> Tensor:
        kept[value.untyped_storage().data_ptr()] = value.untyped_storage().nbytes()
        return value

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda value: value):
        loss()
    return sum(kept.values()) / 1e6


def of_a_process(name: str, space: str, batch: int) -> tuple[float, float]:
    """Return the megabytes and the seconds that the first step takes in a process of its own."""
    line = [sys.executable, __file__, "--peak", name, space, str(batch)]
    first, second = subprocess.run(line, check=True, capture_output=True, text=True).stdout.split()
    return float(first), float(second)


def print_peak(name: str, space_name: str, batch: int) -> None:
    """Print the megabytes of this process at the peak of a step, above those before it (Linux), and its seconds."""
    space = load(space_name)
    network = Plain() if name == PLAIN else build_supernet(space, recompute=name == RECOMPUTED)
    images, logits = inputs(space, batch)
    with one_thread():
        if name == RECOMPUTED:  # what checkpointing loads when it is used first is no part of a step
            checkpoint(torch.relu, torch.ones(1, requires_grad=True), use_reentrant=False)
        loss, before = step(network, images, logits), memory("VmRSS")
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak is counted from here
        started = process_time()
        loss().backward()
    print(memory("VmHWM") - before, process_time() - started)


def memory(field: str) -> float:
    """Return megabytes of this process: those it has (VmRSS), or the peak of them (VmHWM)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) * 1024 / 1e6


if __name__ == "__main__":
    if "--peak" in sys.argv:
        print_peak(*sys.argv[-3:-1], int(sys.argv[-1]))
    else:
        main()
