"""`nasbench-pose draw`: an architecture as a graph."""

from pathlib import Path

import click

from nasbench_pose.cli._arguments import genotype_of, input_option, joints_option, key_option, shape_of
from nasbench_pose.cli._output import NewFigure
from nasbench_pose.spaces import title_of


@click.command()
@click.argument("genotype")
@click.option("--out", type=NewFigure(), required=True, help="File to write: .svg, .pdf or .png.")
@click.option("--against", metavar="GENOTYPE", help="Also draw this genotype, and mark the differences.")
@click.option("--network", is_flag=True, help="For spaces of cells: draw the stack of cells, not the two cells.")
@input_option
@joints_option
@key_option
def draw(
    genotype: str,
    out: Path,
    against: str | None,
    network: bool,
    size: tuple[int, int] | None,
    joints: int | None,
    keys: str | None,
) -> None:
    """Draw GENOTYPE as a graph, coloured by operation.

    The drawing shows each block with its multiply-accumulates, or the two cells of a cell space.
    """
    from nasbench_pose.plots import save
    from nasbench_pose.plots.architecture import Subject, draw_both, draw_one
    from nasbench_pose.spaces import space_of

    texts = [text for text in (genotype, against) if text is not None]
    found = [genotype_of(text, keys) for text in texts]
    for text in texts:
        size, joints = shape_of(text, size, joints)
    first, *others = [Subject(title_of(one), space_of(one), one, size, joints) for one in found]
    figure = draw_both(first, others[0], network=network) if others else draw_one(first, network=network)
    click.echo(save(figure, out))
