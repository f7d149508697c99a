"""What several commands take: a genotype by any of its names, an input size."""

from typing import Any

import click

from nasbench_pose.errors import UnknownNameError
from nasbench_pose.genotype import Genotype


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


input_option = click.option("--input", "size", type=Size(), help="Image size; default: the space's own.")
joints_option = click.option("--joints", type=click.IntRange(min=1), help="Heat maps; default: the space's own.")
key_option = click.option("--keys", metavar="URL", help="Database in which to look for a genotype's 16-digit key.")


def genotype_of(text: str, url: str | None = None) -> Genotype:
    """Return the genotype that `text` names: a name, a genotype's text, a file, or with `url` a key in a database."""
    from nasbench_pose.spaces import find

    if url is not None:
        from nasbench_pose.store import Store

        try:
            return find(text)
        except UnknownNameError:
            return Store(url, must_exist=True).genotype(text)
    return find(text)


def title_of(genotype: Genotype) -> str:
    """Return a genotype's name if it has one, else its space and key."""
    from nasbench_pose.spaces import name_of

    return name_of(genotype) or f"{genotype.space} {genotype.key}"
