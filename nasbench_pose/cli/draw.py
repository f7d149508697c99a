"""`nasbench-pose draw`: an architecture as a picture."""

from pathlib import Path

import click

from nasbench_pose.cli._arguments import genotype_of, input_option, joints_option, key_option, title_of


@click.command()
@click.argument("genotype")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write: .svg, .pdf or .png.")
@input_option
@joints_option
@key_option
def draw(genotype: str, out: Path, size: tuple[int, int] | None, joints: int | None, keys: str | None) -> None:
    """Draw GENOTYPE block by block, coloured by operation.

    Each block says how many multiply-accumulates it costs.
    """
    from matplotlib.figure import Figure

    from nasbench_pose.cost import count
    from nasbench_pose.plots.architecture import draw_architecture, size_of
    from nasbench_pose.plots.save import save
    from nasbench_pose.spaces import space_of

    found = genotype_of(genotype, keys)
    graph = space_of(found).graph(found, input=size, joints=joints)
    (_, height, width), cost = graph.input.shape, count(graph)
    title = (
        f"{title_of(found)} at {height}×{width}: {cost.macs / 1e6:,.1f} MMACs, {cost.params / 1e6:,.2f} M parameters"
    )
    figure = Figure(figsize=size_of(graph), dpi=100, layout="constrained")
    draw_architecture(graph, figure.subplots(), title)
    click.echo(save(figure, out))
