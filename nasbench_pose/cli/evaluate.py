"""`nasbench-pose evaluate`: train one genotype and measure it."""

import json
from typing import TYPE_CHECKING

import click

from nasbench_pose.cli._arguments import genotype_of, key_option, title_of
from nasbench_pose.cli._measuring import loaded, measuring, training
from nasbench_pose.cli._output import NewDatabase
from nasbench_pose.errors import DivergedError

if TYPE_CHECKING:
    from nasbench_pose.evaluators import Evaluator, Trial
    from nasbench_pose.genotype import Genotype


@click.command()
@click.argument("genotype")
@measuring
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of weights and batches.")
@click.option("--db", type=NewDatabase(), help="Database to keep the trial in (and to look it up in).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with all digits.")
@key_option
def evaluate(
    genotype: str,
    data: str,
    protocol: str,
    steps: int | None,
    size: tuple[int, int] | None,
    seed: int,
    db: str | None,
    as_json: bool,
    keys: str | None,
) -> None:
    """Train GENOTYPE on real or drawn people and measure it.

    Prints PCKh@0.5, learning curve, cost and seconds; with --db the trial is kept, or looked up.
    """
    found = genotype_of(genotype, keys or db)
    evaluator = loaded(training(data, protocol, steps, size))
    trial = _trial(found, evaluator, seed, db)
    if trial.error:
        raise DivergedError(f"{title_of(found)}, seed {seed}: {trial.error}")
    if as_json:
        about = {"genotype": found.text, "key": found.key, "protocol": json.loads(evaluator.protocol_text)}
        numbers = {"seed": seed, "seconds": trial.seconds, "curve": trial.curve, **trial.metrics}
        click.echo(json.dumps(about | numbers))
        return
    click.echo(_report(trial, f"{title_of(found)}, {evaluator.protocol.title}, seed {seed}", evaluator.protocol.metric))


def _trial(genotype: "Genotype", evaluator: "Evaluator", seed: int, db: str | None) -> "Trial":
    """Look the trial up in the database, or measure it and keep it there."""
    if db is None:
        return _measured(genotype, evaluator, seed)
    from nasbench_pose.store import Store

    with Store(db) as store:
        known = store.find(genotype, evaluator.protocol_key, evaluator.full_fidelity, seed)
        return known or store.add(_measured(genotype, evaluator, seed), protocol_text=evaluator.protocol_text)


def _measured(genotype: "Genotype", evaluator: "Evaluator", seed: int) -> "Trial":
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("training", total=evaluator.full_fidelity)
        return evaluator.evaluate(
            genotype,
            fidelity=evaluator.full_fidelity,
            seed=seed,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )


def _report(trial: "Trial", title: str, metric: str) -> str:
    m = trial.metrics
    curve = ", ".join(f"{step}: {pckh:.1f}" for step, pckh in trial.curve)
    return "\n".join(
        [
            title,
            f"  {f'{metric} validation':<21}{m['val_pckh']:8.1f} %   (test {m['test_pckh']:.1f} %)",
            f"  parameters           {m['params'] / 1e3:8.1f} k",
            f"  MACs                 {m['macs'] / 1e6:8.2f} M",
            f"  seconds              {trial.seconds:8.1f}     on one core",
            f"  learning curve (step: {metric} of a part of validation)  {curve}",
        ]
    )
