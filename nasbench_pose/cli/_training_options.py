"""The options shared by commands that train: data set, protocol, steps and image size."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from nasbench_pose.cli._arguments import Size

if TYPE_CHECKING:
    from nasbench_pose.evaluators.train import TrainEvaluator
    from nasbench_pose.evaluators.training import Training
    from nasbench_pose.spaces import SearchSpace

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS = (
    click.option(
        "--data",
        default="synthetic",
        show_default=True,
        help="Data set: synthetic, or {lspet,coco,mpii}:/folder, or coco:/folder,train=labels.json,images=photos,"
        "skeleton=hand.toml,category=hand; with ,skip_bad=1 unusable people are left out.",
    ),
    click.option(
        "--protocol",
        default="default",
        show_default=True,
        help="Recipe: default, quick, photographs, mse, hrnet-coco, hrnet-mpii.",
    ),
    click.option("--steps", type=click.IntRange(min=1), help="Training steps, instead of the protocol's."),
    click.option("--input", "size", type=Size(), help="Image size in pixels, instead of the protocol's."),
)


def measuring(command: F) -> F:
    """Add the options of a training to `command`."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def given(option: str) -> bool:
    """Return whether the user has set `option` of the running command, i.e. it is not the default."""
    return click.get_current_context().get_parameter_source(option) is not ParameterSource.DEFAULT


def training(
    data: str, protocol: str, steps: int | None, size: tuple[int, int] | None, space: "SearchSpace | None" = None
) -> "Training":
    """Return the training of the options."""
    from dataclasses import replace

    from nasbench_pose.errors import pick
    from nasbench_pose.evaluators.protocol import PROTOCOLS
    from nasbench_pose.evaluators.training import Training

    recipe = pick("protocol", protocol, PROTOCOLS)
    return Training(data, replace(recipe, steps=steps or recipe.steps, input=size or recipe.input), space)


def loaded(measurement: "Training") -> "TrainEvaluator":
    """Return the evaluator; a terminal shows a message while the data set is made or read for the first time."""
    from rich.console import Console

    with Console(stderr=True).status(f"reading people of {measurement.data}, once …"):
        return measurement()
