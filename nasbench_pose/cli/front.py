"""`nasbench-pose front`: the Pareto front of the trials in a database."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nasbench_pose.cli._output import NewFigure
from nasbench_pose.metrics import DEFAULT_OBJECTIVES
from nasbench_pose.report.text import genotype_table

if TYPE_CHECKING:
    import pandas as pd

    from nasbench_pose.objective import Objective


ACCURACY, COST = DEFAULT_OBJECTIVES


@click.command()
@click.option("--db", required=True, help="Database: a file or an SQLAlchemy URL.")
@click.option("--x", default=COST, show_default=True, help="Metric of cost; an unknown column needs :min.")
@click.option("--y", default=ACCURACY, show_default=True, help="Metric of accuracy; an unknown column needs :max.")
@click.option("--protocol", help="Beginning of the protocol's key, or a part of its title, if there are several.")
@click.option("--space", help="Only genotypes of this space.")
@click.option("--strategy", help="Only proposals of searches with this strategy.")
@click.option("--run", type=click.IntRange(min=1), help="Only proposals of this run: its number, see `runs`.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV with all digits, and draw only with --out.")
@click.option("--out", type=NewFigure(), help="Figure: .svg, .pdf or .png.  [default: front.svg]")
@click.option("--choices", type=NewFigure(), help="Also draw the shares of options in the front.")
def front(
    db: str,
    x: str,
    y: str,
    protocol: str | None,
    space: str | None,
    strategy: str | None,
    run: int | None,
    as_csv: bool,
    out: Path | None,
    choices: Path | None,
) -> None:
    """Print and draw the Pareto front of the trials in a database.

    Each genotype counts with the mean over its seeds. With --choices, the share of each option among the front's
    networks is drawn for every gene.
    """
    from nasbench_pose.objective import Objective, called
    from nasbench_pose.report.database import genotypes_of
    from nasbench_pose.report.protocols import accuracy_titled
    from nasbench_pose.store import Store

    across, up = Objective.parse(x), Objective.parse(y)
    with Store(db, must_exist=True) as store:
        genotypes, members, title = genotypes_of(
            store, across, up, protocol=protocol, space=space, strategy=strategy, run=run
        )
        across, up = called((across, up), accuracy_titled(title, store.protocols()))
    if out or not as_csv:
        path = _draw(genotypes, across, up, title, out or Path("front.svg"))
        click.echo(f"drawn in {path}", err=True)
    if choices is not None:
        path = _draw_choices(list(members["genotype"]), title, choices)
        click.echo(f"choices drawn in {path}", err=True)
    table = members.to_csv(index=False) if as_csv else genotype_table(members, across.metric, up.metric)
    click.echo(table, nl=not as_csv)


def _draw(genotypes: "pd.DataFrame", x: "Objective", y: "Objective", title: str, out: Path) -> Path:
    from nasbench_pose.plots import figure, front_plane, save

    drawing, ax = figure()
    front_plane(genotypes, x, y, ax, title=f"Measured plane: {title}\nFront", name="name")
    return save(drawing, out)


def _draw_choices(texts: list[str], title: str, out: Path) -> Path:
    from nasbench_pose.plots import choices, save
    from nasbench_pose.report.choices import choice_shares, of_one_space

    space, members = of_one_space(texts)
    networks = "the network" if len(members) == 1 else f"the {len(members)} networks"
    head = f"Choices of {networks} of {space.name} on the front\n{title}"
    return save(choices(choice_shares(space, members), title=head), out)
