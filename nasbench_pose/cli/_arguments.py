"""Arguments that several commands share: genotypes and input sizes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nasbench_pose.errors import UnknownNameError
from nasbench_pose.files import is_folder
from nasbench_pose.genotype import Genotype

if TYPE_CHECKING:
    from nasbench_pose.trained import TrainedFolder


class Size(click.ParamType[tuple[int, int]]):
    """HEIGHTxWIDTH in pixels, as (height, width)."""

    name = "HxW"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Return (height, width)."""
        if isinstance(value, tuple):
            return value
        height, x, width = str(value).lower().partition("x")
        if not (x and height.isdecimal() and width.isdecimal() and int(height) and int(width)):
            self.fail(f"{value!r} is not a size; expected HEIGHTxWIDTH in pixels, e.g. 256x192.", param, ctx)
        return int(height), int(width)


Dims = tuple[int, ...]


class NamedSize(click.ParamType[tuple[str, Dims]]):
    """HEIGHTxWIDTH in pixels, as ("", (height, width)), or NAME=AxBxC…, the shape of one input, as (NAME, shape)."""

    name = "HxW|NAME=AxBxC"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Dims]:
        """Return (name, shape)."""
        if isinstance(value, tuple):
            return value
        name, named, sizes = str(value).rpartition("=")
        if not named:
            return "", Size().convert(value, param, ctx)
        parts = sizes.lower().split("x")
        if not (name and all(part.isdecimal() and int(part) for part in parts)):
            self.fail(f"{value!r} is not a size; expected NAME=AxBxC, e.g. x=1x3x256x192.", param, ctx)
        return name, tuple(int(part) for part in parts)


def image_size(sizes: Sequence[tuple[str, Dims]]) -> tuple[int, int] | None:
    """Return the (height, width) among sizes; raise UsageError if there are several.

    >>> image_size([("mask", (1, 64)), ("", (256, 192))])
    (256, 192)
    """
    images = [shape for name, shape in sizes if not name]
    if len(images) > 1:
        raise click.UsageError("--input gives more than one image size.")
    return (images[0][0], images[0][1]) if images else None


def input_shapes(sizes: Sequence[tuple[str, Dims]]) -> dict[str, Dims]:
    """Return the shapes of inputs by name; raise UsageError if an input has two.

    >>> input_shapes([("mask", (1, 64)), ("", (256, 192))])
    {'mask': (1, 64)}
    """
    named = [(name, shape) for name, shape in sizes if name]
    if len(dict(named)) < len(named):
        raise click.UsageError("--input gives one input several shapes.")
    return dict(named)


inputs_option = click.option(
    "--input",
    "sizes",
    type=NamedSize(),
    multiple=True,
    help="Image size; default: the space's own. Of an ONNX file also NAME=AxBxC, the shape of one input; repeatable.",
)
input_option = click.option("--input", "size", type=Size(), help="Image size; default: the space's own.")
joints_option = click.option("--joints", type=click.IntRange(min=1), help="Heat maps; default: the space's own.")
key_option = click.option("--keys", metavar="URL", help="Database in which to look for a genotype's 16-digit key.")


def trained_folder(text: str) -> "TrainedFolder | None":
    """Return the trained network in the folder `text`, None if it is no such folder; raise if it has not ended."""
    if not is_folder(text):
        return None
    from nasbench_pose.trained import TrainedFolder, is_trained_folder

    return TrainedFolder.read(Path(text)) if is_trained_folder(text) else None


def shape_of(text: str, size: tuple[int, int] | None, joints: int | None) -> tuple[tuple[int, int] | None, int | None]:
    """Return the image size and the joints that were asked for, or else those of the trained network in a folder."""
    folder = trained_folder(text)
    return (size, joints) if folder is None else (size or folder.input, joints or folder.joints)


def genotype_of(text: str, url: str | None = None) -> Genotype:
    """Return the genotype that `text` names.

    It is a name, a genotype's text, a file, the folder of a trained network, or with `url` a key in a database.
    """
    from nasbench_pose.spaces import find

    if folder := trained_folder(text):
        return folder.genotype
    if url is not None:
        from nasbench_pose.store import Store

        try:
            return find(text)
        except UnknownNameError:
            return Store(url, must_exist=True).genotype(text)
    return find(text)
