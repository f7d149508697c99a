"""Options of commands that read weights, and their messages on stderr."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from nasbench_pose.evaluators.protocol import Protocol
    from nasbench_pose.genotype import Genotype
    from nasbench_pose.network.weights import Loaded

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS = (
    click.option("--skip-extra", is_flag=True, help="Ignore weights that the network does not have."),
    click.option("--part", help="Of several dicts of weights in the checkpoint, the one to use, e.g. best_state_dict."),
)


alignment_option = click.option(
    "--alignment",
    type=click.Choice(["centre", "corner"]),
    help="Alignment of heat maps: corner for weights from HRNet's or mmpose's code.",
)


def weights_options(text: str, *, required: bool = False) -> Callable[[F], F]:
    """Give a command the options --weights, described by `text`, --skip-extra and --part."""

    def give(command: F) -> F:
        for option in reversed(OPTIONS):
            command = option(command)
        return click.option("--weights", type=click.Path(path_type=Path), required=required, help=text)(command)

    return give


def weights_of(genotype: str, weights: Path | None) -> Path:
    """Return the file of --weights, or that of the folder that the argument names; raise UsageError for neither."""
    from nasbench_pose.cli._arguments import trained_folder

    if weights is None and (folder := trained_folder(genotype)):
        return folder.weights
    if weights is None:
        raise click.UsageError("Missing option '--weights', or the folder of a trained network as GENOTYPE.")
    return weights


def loaded_weights(
    genotype: "Genotype",
    weights: Path,
    *,
    joints: int | Sequence[str] | None = None,
    input: tuple[int, int] | None = None,
    skip_extra: bool = False,
    part: str | None = None,
) -> "Loaded":
    """Return the network with the weights, and report assumptions on stderr."""
    from nasbench_pose.network.weights import load

    found = load(genotype, weights, joints=joints, input=input, skip_extra=skip_extra, part=part)
    for note in found.notes:
        click.echo(note, err=True)
    return found


def noted_recipe(
    weights: Path, protocol: str | None, size: tuple[int, int] | None, settings: Mapping[str, Any] | None = None
) -> "Protocol":
    """Return the protocol of weights, and report on stderr if it is assumed."""
    from nasbench_pose.evaluators.recipe import recipe_of

    recipe, note = recipe_of(weights, protocol, size, settings)
    if note:
        click.echo(note, err=True)
    return recipe
