"""`nasbench-pose train`: train one genotype into a folder, for as long as it takes."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nasbench_pose.cli._accuracy_text import accuracy_lines
from nasbench_pose.cli._arguments import genotype_of, key_option
from nasbench_pose.cli._output import NewDatabase, NewFolder
from nasbench_pose.cli._progress import watching_training
from nasbench_pose.cli._training_options import CHECKPOINT_MINUTES, Recipe, loaded, measuring
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import space_of, title_of

if TYPE_CHECKING:
    from nasbench_pose.evaluators.train import TrainEvaluator


@click.command()
@click.argument("genotype")
@measuring
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of weights and batches.")
@click.option("--out", type=NewFolder(), required=True, help="Folder of the weights, the card and the curve.")
@click.option("--init", type=click.Path(path_type=Path), help="Checkpoint to start from: all weights that fit.")
@click.option("--teacher", help="Learn its maps, too: a folder of `train`, or GENOTYPE=FILE of a stronger network.")
@CHECKPOINT_MINUTES
@click.option("--db", type=NewDatabase(), help="Database of the trial, and of its curve while it runs (`watch`).")
@click.option("--dry-run", is_flag=True, help="Time a few steps and print hours, memory and disk of the training.")
@key_option
def train(
    genotype: str,
    recipe: Recipe,
    seed: int,
    out: Path,
    init: Path | None,
    teacher: str | None,
    minutes: float,
    db: str | None,
    dry_run: bool,
    keys: str | None,
) -> None:
    """Train GENOTYPE into a folder.

    Writes weights, a card and the learning curve. The same command continues a training that was stopped: by a
    walltime (SIGTERM, SIGUSR1), by Ctrl-C, or by a failure. `predict`, `latency`, `export` and `score` take the folder.
    """
    from nasbench_pose.evaluators.processes import together
    from nasbench_pose.trained.teacher import taught_by
    from nasbench_pose.trained.training import starting_from

    found = genotype_of(genotype, keys)
    with together() as processes:
        evaluator = replace(loaded(recipe.of(processes).training(space_of(found))), processes=processes)
        about = {}
        if init is not None:
            evaluator, about["init"] = starting_from(evaluator, found, init)
        if teacher is not None:
            evaluator, about["teacher"] = taught_by(evaluator, teacher)
        if about and processes.leads:
            click.echo("\n".join(about.values()), err=True)
        if dry_run:
            _estimate(evaluator, found, seed)
            return
        card = _trained(evaluator, found, seed, out, minutes, about, db)
    if card is not None:
        title = f"{out}: {title_of(found)}, {evaluator.title}, seed {seed}"
        click.echo("\n".join([title, *accuracy_lines(card["metrics"], evaluator.protocol.metric)]))


def _trained(
    evaluator: "TrainEvaluator",
    genotype: Genotype,
    seed: int,
    out: Path,
    minutes: float,
    about: dict[str, str],
    db: str | None,
) -> Mapping[str, Any] | None:
    """Train, and tell terminal and database of it; return the card, or None in other processes than the first."""
    from nasbench_pose.evaluators.checkpoints import stopped_by_signals
    from nasbench_pose.trained.training import train_along
    from nasbench_pose.trained.watched import train_watched

    with stopped_by_signals() as stop:
        if not evaluator.processes.leads:
            train_along(out, evaluator, genotype, seed, stop=stop)
            return None
        with watching_training() as (steps, bar):
            return train_watched(
                db, out, evaluator, genotype, seed, minutes=minutes, stop=stop, progress=steps, tell=[bar], about=about
            ).card


def _estimate(evaluator: "TrainEvaluator", genotype: Genotype, seed: int) -> None:
    """Print what a training will take, in the first of the processes."""
    from nasbench_pose.evaluators.checks import check_protocol
    from nasbench_pose.reproduce.estimate import costs, measured_on, training

    check_protocol(evaluator.protocol)
    stage = training(title_of(genotype), evaluator, genotype, seed)
    if evaluator.processes.leads:
        where = measured_on(evaluator.protocol.device, evaluator.processes.count)
        click.echo(costs([stage], f"{evaluator.title}; {where}"))
