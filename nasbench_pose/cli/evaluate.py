"""`nasbench-pose evaluate`: train one genotype and measure it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nasbench_pose.cli._accuracy_text import accuracy_lines, trial_text
from nasbench_pose.cli._arguments import genotype_of, key_option, trained_folder
from nasbench_pose.cli._output import NewDatabase, NewFile
from nasbench_pose.cli._training_options import BOXES, Recipe, data_of, given, loaded, measuring
from nasbench_pose.cli._weights_options import alignment_option, loaded_weights, noted_recipe, weights_options
from nasbench_pose.errors import DivergedError
from nasbench_pose.spaces import space_of, title_of

if TYPE_CHECKING:
    from torch import nn

    from nasbench_pose.evaluators import Trial
    from nasbench_pose.evaluators.protocol import Protocol
    from nasbench_pose.evaluators.train import TrainEvaluator
    from nasbench_pose.genotype import Genotype

_UNSAVED = "error of writing the weights"


@click.command()
@click.argument("genotype")
@measuring
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of weights and batches.")
@click.option("--db", type=NewDatabase(), help="Database that stores the trial; an existing trial is reused.")
@click.option("--save", type=NewFile(), help="Also write the trained weights: .safetensors, .pt or .pth.")
@weights_options("Measure the weights of a checkpoint instead of training.")
@alignment_option
@BOXES
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with all digits.")
@key_option
def evaluate(
    genotype: str,
    recipe: Recipe,
    seed: int,
    db: str | None,
    save: Path | None,
    weights: Path | None,
    skip_extra: bool,
    part: str | None,
    alignment: Any,
    boxes: Path | None,
    as_json: bool,
    keys: str | None,
) -> None:
    """Train GENOTYPE on real or drawn people and measure it.

    PCKh@0.5, the learning curve, cost and seconds are printed. With --db the trial is stored, or looked up. With
    --weights, or for the folder of a trained network, weights are measured and nothing is trained; the people of its
    training are the default then.
    """
    found, folder = genotype_of(genotype, keys or db), trained_folder(genotype)
    weights = weights or (folder.weights if folder else None)
    if weights is not None:
        _refuse_training(recipe.steps, db, save)
        how = noted_recipe(weights, recipe.protocol if given("protocol") else None, recipe.size, recipe.settings)
        data, options = data_of(genotype, recipe.data), {"skip_extra": skip_extra, "part": part}
        _measure(found, data, how, weights, options, alignment, boxes, as_json)
        return
    if skip_extra or part or boxes or given("alignment"):
        raise click.UsageError("--skip-extra, --part, --alignment and --boxes need --weights, which is missing.")
    if save is not None:
        from nasbench_pose.network.checkpoint import writable

        writable(save)
    evaluator = loaded(recipe.training(space_of(found)))
    trial = _trial(found, evaluator, seed, db, save)
    if trial.error:
        raise DivergedError(f"{title_of(found)}, seed {seed}: {trial.error}")
    if as_json:
        about = {"genotype": found.text, "key": found.key, "protocol": json.loads(evaluator.protocol_text)}
        numbers = {"seed": seed, "seconds": trial.seconds, "curve": trial.curve, **trial.metrics}
        click.echo(json.dumps(about | numbers))
    else:
        click.echo(trial_text(trial, f"{title_of(found)}, {evaluator.title}, seed {seed}", evaluator.protocol))
    if unsaved := click.get_current_context().meta.get(_UNSAVED):
        raise unsaved


def _refuse_training(steps: int | None, db: str | None, save: Path | None) -> None:
    """Raise UsageError for options that apply only to a training."""
    for option, value in (("--steps", steps), ("--db", db), ("--save", save), ("--seed", given("seed") or None)):
        if value is not None:
            raise click.UsageError(f"{option} needs a training, and --weights measures without one: leave it out.")


def _measure(
    genotype: "Genotype",
    data: str,
    recipe: "Protocol",
    weights: Path,
    options: dict[str, Any],
    alignment: Any,
    boxes: Path | None,
    as_json: bool,
) -> None:
    """Print the accuracy of the weights of a checkpoint; AP in the boxes of a detector, if there is their file."""
    from nasbench_pose.cost import count
    from nasbench_pose.evaluators.training import Training
    from nasbench_pose.network.devices import reproducible
    from nasbench_pose.trained.scored import in_boxes, precision

    evaluator = loaded(Training(data, recipe))
    detected = {} if boxes is None else {split: in_boxes(data, split, recipe, boxes) for split in ("val", "test")}
    joints = evaluator.splits.train.skeleton.joints
    weighted = loaded_weights(genotype, weights, joints=joints, input=recipe.input, **options)
    network = weighted.channels_last().to(evaluator.device)
    with reproducible(evaluator.device):
        found = evaluator.accuracies(network, alignment)
        found |= {f"{split}_ap": precision(network, some, recipe, alignment) for split, some in detected.items()}
    cost = count(network.graph)
    found |= {"params": cost.params, "macs": cost.macs}
    if as_json:
        about = {"genotype": genotype.text, "key": genotype.key, "weights": str(weights)}
        about |= {"boxes": str(boxes)} if boxes else {}
        click.echo(json.dumps(about | {"protocol": json.loads(evaluator.protocol_text)} | found))
        return
    lines = accuracy_lines(found, evaluator.protocol.metric)
    where = f", AP in the boxes of {boxes.name}" if boxes else ""
    click.echo("\n".join([f"{title_of(genotype)}, {weights.name}, {data}{where}", *lines]))


def _trial(genotype: "Genotype", evaluator: "TrainEvaluator", seed: int, db: str | None, save: Path | None) -> "Trial":
    """Look up the trial in the database, or measure and store it; with --save it is always trained."""
    if db is None:
        return _measured(genotype, evaluator, seed, save)
    from nasbench_pose.store import Store

    with Store(db) as store:
        known = store.find(genotype, evaluator.protocol_key, evaluator.full_fidelity, seed)
        if known and save is None:
            return known
        trial = _measured(genotype, evaluator, seed, save)
        return known or store.add(trial, protocol_text=evaluator.protocol_text)


def _measured(genotype: "Genotype", evaluator: "TrainEvaluator", seed: int, save: Path | None) -> "Trial":
    from rich.console import Console
    from rich.progress import Progress

    def keep(network: "nn.Module") -> None:
        from nasbench_pose.network.weights import save as write

        protocol, input = evaluator.protocol, "x".join(map(str, evaluator.protocol.input))
        about = {"genotype": genotype.text, "key": genotype.key, "protocol": protocol.text, "seed": str(seed)}
        about |= {"input": input, "joints": ",".join(evaluator.splits.val.skeleton.joints)}
        try:
            write(network, save or Path(), about)
        except OSError as error:  # the trial is stored even if its weights are not
            click.get_current_context().meta[_UNSAVED] = error

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("training", total=evaluator.full_fidelity)
        return evaluator.evaluate(
            genotype,
            fidelity=evaluator.full_fidelity,
            seed=seed,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
            trained=keep if save is not None else None,
        )
