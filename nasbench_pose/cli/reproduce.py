"""`nasbench-pose reproduce`: a paper's experiment from the search to the test."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nasbench_pose.cli._output import NewFolder
from nasbench_pose.cli._training_options import Recipe, loaded, measuring
from nasbench_pose.errors import InvalidFileError, NotFiniteError
from nasbench_pose.report.text import aligned
from nasbench_pose.scalar import finite

if TYPE_CHECKING:
    from nasbench_pose.reproduce.efficientpose import Plan, Tell
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
@click.option("--search-steps", type=click.IntRange(min=2), help="Steps of each search.  [default: 60 epochs]")
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
    dry_run: bool,
) -> None:
    """Search EfficientPose's backbones, and train and test A, B and C.

    The data set is coco:/folder or mpii:/folder. --protocol, --steps, --set and --search-steps change the paper's
    recipe, e.g. for a rehearsal.
    """
    wanted = tuple(name.strip() for name in networks.split(","))
    chosen = {"seed": seed, "networks": wanted, "weights": _weights(weights), "sic": sic, "mobilenet": mobilenet}
    plan = _plan(recipe, search_steps, **chosen)
    if dry_run:
        from nasbench_pose.reproduce.estimate import costs, stages

        click.echo(costs(stages(plan), f"{plan.evaluator.title}; measured on {plan.protocol.device}, one device"))
        return
    found = _run(plan, out)
    click.echo(_results(found, out))


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


def _plan(recipe: Recipe, search_steps: int | None, **others: Any) -> "Plan":
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
    evaluator = loaded(replace(Training.from_options(replace(options, protocol=own)), space=None))
    if recipe.steps is None:
        batches = -(-len(evaluator.splits.train) // evaluator.protocol.batch)
        evaluator = replace(evaluator, protocol=replace(evaluator.protocol, steps=EPOCHS[kind] * batches))
    epoch = max(1, len(evaluator.splits.train) // 2 // evaluator.protocol.batch)
    return Plan(evaluator, recipe.data, search_steps or SEARCH_EPOCHS * epoch, **others)


def _run(plan: "Plan", out: Path) -> "list[Tested]":
    """Search, train and test, with a line on stderr for each stage that begins."""
    from nasbench_pose.evaluators.checkpoints import stopped_by_signals
    from nasbench_pose.plots import save
    from nasbench_pose.reproduce.efficientpose import found_networks
    from nasbench_pose.reproduce.plane import reproduced_plane
    from nasbench_pose.reproduce.tested import tested
    from nasbench_pose.trained.training import train_into

    results = []
    with stopped_by_signals() as stop, _telling() as tell:
        networks = {name: genotype for search in plan.searches
                    for name, genotype in found_networks(plan, search, out, stop=stop, tell=tell).items()}  # fmt: skip
        for name, genotype in plan.trained(networks).items():
            folder, _ = train_into(
                out / name, plan.starting(genotype), genotype, plan.seed, stop=stop,
                progress=partial(tell, f"train {name}"),
            )  # fmt: skip
            results.append(tested(name, folder, plan.data))
    figure = reproduced_plane(results, plan.protocol).figure
    save(figure, out / "plane.svg")  # type: ignore[arg-type]
    return results


@contextmanager
def _telling() -> "Iterator[Tell]":
    """Yield a callback for stages, which moves bars in a terminal and elsewhere prints a line for each stage."""
    from rich.console import Console
    from rich.progress import Progress

    console, begun = Console(stderr=True), dict[str, Any]()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bars:

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in begun:
                begun[stage] = bars.add_task(stage, total=total)
                if not console.is_terminal:
                    click.echo(f"{stage} …", err=True)
            bars.update(begun[stage], completed=done, total=total)

        yield tell


def _results(found: "list[Tested]", out: Path) -> str:
    import pandas as pd

    pd.DataFrame([asdict(one) for one in found]).to_csv(out / "results.csv", index=False)
    head = ["network", found[0].metric, "parameters (M)", "GMACs"]
    rows = [
        [f"{one.name}, ours", f"{one.value:.1f}", f"{one.params / 1e6:.2f}", f"{one.macs / 1e9:.3f}"] for one in found
    ]
    return f"{aligned([head, *rows], left=1)}\nfolder: {out}; figure: {out / 'plane.svg'}"
