"""`nasbench-pose reproduce`: a paper's experiment from the search to the test."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nasbench_pose.cli._output import NewDatabase, NewFolder
from nasbench_pose.cli._training_options import CHECKPOINT_MINUTES, Recipe, loaded, measuring
from nasbench_pose.errors import InvalidFileError, NotFiniteError
from nasbench_pose.report.text import aligned
from nasbench_pose.scalar import finite

if TYPE_CHECKING:
    from nasbench_pose.evaluators.processes import Processes
    from nasbench_pose.reproduce.efficientpose import Plan
    from nasbench_pose.reproduce.searching import Tell
    from nasbench_pose.reproduce.tested import Tested

SEARCH_EPOCHS = 60
"""Passes over the people of the weights' half; the paper does not say how many, so this number is ours."""
EPOCHS = {"coco": 240, "mpii": 200}
"""Passes over the people in a training, from the released settings."""


@click.group()
def reproduce() -> None:
    """Repeat a paper's search, trainings and test.

    Continues where it stopped.
    """


@reproduce.command()
@measuring
@click.option("--out", type=NewFolder(), default=Path("efficientpose"), show_default=True, help="Folder.")
@click.option(
    "--search-steps", type=click.IntRange(min=2), help="Of each search, a multiple of 20.  [default: 60 epochs]"
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of everything.")
@click.option("--networks", default="A,B,C", show_default=True, help="Those to derive, train and test.")
@click.option(
    "--lambda",
    "weights",
    multiple=True,
    metavar="NAME=λ",
    help="Derive a network by a search with this λ, not by the published cost, e.g. A=0.1; repeatable.",
)
@click.option(
    "--sic",
    type=click.Choice(["both", "with", "without"]),
    default="both",
    show_default=True,
    help="Train heads with the SIC module, without it, or both.",
)
@click.option(
    "--mobilenet",
    type=click.Path(path_type=Path),
    help="Start from an ImageNet MobileNetV2 by FNA's remapping: torchvision's mobilenet_v2-….pth.",
)
@CHECKPOINT_MINUTES
@click.option(
    "--db", type=NewDatabase(), help="Database of the trainings, and of their curves while they run (`watch`)."
)
@click.option("--dry-run", is_flag=True, help="Time a few steps and print hours, memory and disk of every stage.")
def efficientpose(
    recipe: Recipe,
    out: Path,
    search_steps: int | None,
    seed: int,
    networks: str,
    weights: tuple[str, ...],
    sic: str,
    mobilenet: Path | None,
    minutes: float,
    db: str | None,
    dry_run: bool,
) -> None:
    """Search EfficientPose's backbones, and train and test A, B and C.

    The data set is coco:/folder or mpii:/folder. --protocol, --steps, --set and --search-steps change the paper's
    recipe, e.g. for a rehearsal. Under torchrun, searches are done beside each other, and trainings by all processes.
    """
    from nasbench_pose.evaluators.processes import together

    wanted = tuple(name.strip() for name in networks.split(","))
    chosen = {"seed": seed, "networks": wanted, "weights": _weights(weights), "sic": sic, "mobilenet": mobilenet}
    with together() as processes:
        plan = _plan(recipe.of(processes), search_steps, processes, **chosen)
        text = _estimate(plan, processes) if dry_run else _run(plan, out, minutes, db, processes)
    if processes.leads:
        click.echo(text)


def _weights(given: tuple[str, ...]) -> dict[str, float]:
    """Return network -> λ; raise UsageError for anything else than NAME=number."""
    found = {}
    for text in given:
        name, _, number = text.partition("=")
        try:
            found[name.strip()] = finite(float(number), "λ")
        except (ValueError, NotFiniteError):
            raise click.UsageError(f"--lambda {text!r} is no NAME=λ, such as A=0.1.") from None
    return found


def _plan(recipe: Recipe, search_steps: int | None, processes: "Processes", **others: Any) -> "Plan":
    """Return the plan with the paper's recipe for the data set."""
    from dataclasses import replace

    from nasbench_pose.evaluators.training import Training
    from nasbench_pose.reproduce.efficientpose import Plan
    from nasbench_pose.spaces import load

    kind = recipe.data.partition(":")[0]
    if kind not in EPOCHS:
        raise InvalidFileError(
            f"EfficientPose was trained on COCO and MPII, not on {recipe.data!r}: --data coco:/folder or mpii:/folder."
        )
    options = recipe.options(load("efficientpose_small"))
    own = options.protocol or f"efficientpose-{kind}"
    training = replace(Training.from_options(replace(options, protocol=own)), space=None)
    evaluator = replace(loaded(training), processes=processes)
    if recipe.steps is None:
        batches = -(-len(evaluator.splits.train) // evaluator.protocol.batch)
        evaluator = replace(evaluator, protocol=replace(evaluator.protocol, steps=EPOCHS[kind] * batches))
    epoch = max(1, len(evaluator.splits.train) // 2 // evaluator.protocol.batch)
    return Plan(evaluator, recipe.data, search_steps or SEARCH_EPOCHS * epoch, **others)


def _estimate(plan: "Plan", processes: "Processes") -> str:
    from nasbench_pose.reproduce.estimate import costs, measured_on, stages

    where = measured_on(plan.protocol.device, processes.count)
    return costs(stages(plan), f"{plan.evaluator.title}; {where}", processes.count)


def _run(plan: "Plan", out: Path, minutes: float, db: str | None, processes: "Processes") -> str:
    """Search, train and test, with a line on stderr for each stage that begins; return the results in words.

    The first process tests, draws, and returns them; the others return nothing.
    """
    from nasbench_pose.evaluators.checkpoints import stopped_by_signals
    from nasbench_pose.reproduce.searching import Keeping, all_found
    from nasbench_pose.reproduce.tested import tested
    from nasbench_pose.trained.training import train_along
    from nasbench_pose.trained.watched import train_watched

    results = []
    with stopped_by_signals() as stop, _telling(bars=processes.leads) as tell:
        networks = all_found(plan, out, Keeping(minutes, stop, tell), processes)
        for name, genotype in plan.trained(networks).items():
            evaluator = plan.starting(genotype)
            if not processes.leads:
                train_along(out / name, evaluator, genotype, plan.seed, stop=stop)
                continue
            folder = train_watched(
                db, out / name, evaluator, genotype, plan.seed, minutes=minutes, stop=stop,
                progress=partial(tell, f"train {name}"),
            )  # fmt: skip
            results.append(tested(name, folder, plan.data))
    return _results(plan, results, out) if processes.leads else ""


@contextmanager
def _telling(*, bars: bool) -> "Iterator[Tell]":
    """Yield a callback for stages, which moves `bars` in a terminal and elsewhere prints a line for each stage."""
    from rich.console import Console
    from rich.progress import Progress

    console, begun = Console(stderr=True), dict[str, Any]()
    shown = bars and console.is_terminal
    with Progress(console=console, transient=True, disable=not shown) as drawn:

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in begun:
                begun[stage] = drawn.add_task(stage, total=total)
                if not shown:
                    click.echo(f"{stage} …", err=True)
            drawn.update(begun[stage], completed=done, total=total)

        yield tell


def _results(plan: "Plan", found: "list[Tested]", out: Path) -> str:
    """Write the table and the figure, and return the table for a person."""
    import pandas as pd

    from nasbench_pose.plots import save
    from nasbench_pose.reproduce.plane import reproduced_plane

    figure = reproduced_plane(found, plan.protocol).figure
    save(figure, out / "plane.svg")  # type: ignore[arg-type]
    pd.DataFrame([asdict(one) for one in found]).to_csv(out / "results.csv", index=False)
    head = ["network", found[0].metric, "parameters (M)", "GMACs"]
    rows = [
        [f"{one.name}, ours", f"{one.value:.1f}", f"{one.params / 1e6:.2f}", f"{one.macs / 1e9:.3f}"] for one in found
    ]
    return f"{aligned([head, *rows], left=1)}\nfolder: {out}; figure: {out / 'plane.svg'}"
