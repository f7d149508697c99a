"""The options shared by commands that train: data set, protocol and its fields, device."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from nasbench_pose.cli._arguments import Size, trained_folder
from nasbench_pose.cli._settings import SETTING

if TYPE_CHECKING:
    from nasbench_pose.evaluators.measurement import MeasurementOptions
    from nasbench_pose.evaluators.processes import Processes
    from nasbench_pose.evaluators.train import TrainEvaluator
    from nasbench_pose.evaluators.training import Training
    from nasbench_pose.spaces import SearchSpace

F = TypeVar("F", bound=Callable[..., Any])

DATA = click.option(
    "--data",
    default="synthetic",
    show_default=True,
    help="Data set: synthetic, or {lspet,coco,mpii}:/folder, or coco:/folder,train=labels.json,images=photos,"
    "skeleton=hand.toml,category=hand; with ,skip_bad=1 unusable people are left out.",
)
DEVICE = click.option("--device", help="cpu, cuda, cuda:1, mps, or auto: the fastest that is there.  [default: cpu]")
PRECISION = click.option("--precision", help="Of the products in a network: fp32, bf16, fp16.  [default: fp32]")
BOXES = click.option(
    "--boxes",
    type=click.Path(path_type=Path),
    help="Boxes of a detector in COCO's format of results, instead of the labelled ones.",
)
SET = click.option(
    "--set",
    "changes",
    multiple=True,
    type=SETTING,
    help="protocol.field=value, e.g. protocol.learning_rate=0.001.",
)
CHECKPOINT_MINUTES = click.option(
    "--checkpoint-minutes",
    "minutes",
    type=click.FloatRange(min=0),
    default=10,
    show_default=True,
    help="Minutes between checkpoints.",
)
WORKERS = click.option(
    "--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Processes, one core each."
)
MINUTES = click.option("--minutes", type=click.FloatRange(min=0), help="Start no training after this many minutes.")
LIMIT = click.option("--limit", type=click.IntRange(min=0), help="Maximum number of trainings.")

RECIPE = (
    DATA,
    click.option(
        "--protocol",
        default="default",
        show_default=True,
        help="Recipe: default, quick, photographs, mse, {hrnet,efficientpose}-{coco,mpii}; or a file, my.toml.",
    ),
    click.option("--steps", type=click.IntRange(min=1), help="Training steps, instead of the protocol's."),
    click.option("--input", "size", type=Size(), help="Image size in pixels, instead of the protocol's."),
    DEVICE,
    PRECISION,
    click.option("--accumulate", type=click.IntRange(min=1), help="Divide each batch into parts, to save memory."),
)


@dataclass(frozen=True)
class Recipe:
    """What the user said about the training."""

    data: str
    protocol: str
    steps: int | None
    size: tuple[int, int] | None
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the protocol by name."""

    def of(self, processes: "Processes") -> "Recipe":
        """Return the recipe on the device of this one of the processes."""
        device = self.settings.get("device")
        return replace(self, settings={**self.settings, "device": processes.device(device)}) if device else self

    def options(self, space: "SearchSpace") -> "MeasurementOptions":
        """Return the options of a measurement on `space`; what the user did not say stays None."""
        from nasbench_pose.evaluators.measurement import MeasurementOptions

        return MeasurementOptions(
            space=space,
            data=self.data if given("data") else None,
            protocol=self.protocol if given("protocol") else None,
            steps=self.steps,
            input=self.size,
            settings=self.settings,
        )

    def training(self, space: "SearchSpace") -> "Training":
        """Return the training of the options; raise for an unknown protocol or an invalid field."""
        from nasbench_pose.evaluators.training import Training

        return Training.from_options(self.options(space))


def recipe_options(command: F) -> F:
    """Add the options of a recipe to `command`, which gets them as one argument, `recipe`."""

    @wraps(command)
    def collected(
        *args: Any,
        data: str,
        protocol: str,
        steps: int | None,
        size: tuple[int, int] | None,
        device: str | None,
        precision: str | None,
        accumulate: int | None,
        **rest: Any,
    ) -> Any:
        computed = {"device": device, "precision": precision, "accumulate": accumulate}
        settings, others = _divided(rest.pop("changes", ()) + rest.get("settings", ()))
        if "settings" in rest:
            rest["settings"] = others
        elif others:
            raise click.UsageError(f"--set {others[0][0]}.{others[0][1]}: only fields of protocol are set here.")
        settings |= {name: value for name, value in computed.items() if value is not None}
        return command(*args, recipe=Recipe(data, protocol, steps, size, settings), **rest)

    for option in reversed(RECIPE):
        collected = option(collected)
    return collected  # type: ignore[return-value]


def _divided(
    changes: tuple[tuple[str, str, object], ...],
) -> tuple[dict[str, object], tuple[tuple[str, str, object], ...]]:
    """Return the fields of the protocol, and the settings of strategies."""
    mine, others = dict[str, object](), []
    for place, setting, value in changes:
        if place == "protocol":
            mine[setting] = value
        elif place == "protocol.augmentation":
            mine[f"augmentation.{setting}"] = value
        else:
            others.append((place, setting, value))
    return mine, tuple(others)


def measuring(command: F) -> F:
    """Add the options of a recipe and --set to `command`."""
    return SET(recipe_options(command))


def given(option: str) -> bool:
    """Return whether the user has set `option` of the running command, i.e. it is not the default."""
    return click.get_current_context().get_parameter_source(option) is not ParameterSource.DEFAULT


def data_of(genotype: str, data: str) -> str:
    """Return the data set of --data, or, without the option, that of the training of the network in a folder."""
    folder = None if given("data") else trained_folder(genotype)
    return data if folder is None else str(folder.card["data"])


def loaded(measurement: "Training") -> "TrainEvaluator":
    """Return the evaluator; a terminal shows a message while the data set is made or read for the first time."""
    from rich.console import Console

    with Console(stderr=True).status(f"reading people of {measurement.data}, once …"):
        return measurement()
