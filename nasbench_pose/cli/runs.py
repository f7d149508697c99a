"""`nasbench-pose runs`: the searches in a database."""

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import pandas as pd


@click.command()
@click.option("--db", required=True, help="Database: a file or an SQLAlchemy URL.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object per run, and per trial without a run.")
def runs(db: str, as_json: bool) -> None:
    """List the searches in a database."""
    from nasbench_pose.report.database import runs as runs_of
    from nasbench_pose.report.database import unvisited
    from nasbench_pose.store import Store

    with Store(db, must_exist=True) as store:
        table, facts, origin, others = runs_of(store), store.evaluations(), store.runs(), unvisited(store)
    if as_json:
        more = origin[["run", *(column for column in origin if column not in table)]]
        for row in table.merge(more, on="run").to_dict("records"):
            click.echo(json.dumps({key: None if value != value else value for key, value in row.items()}))
        if len(others):
            click.echo(others.to_json(orient="records", lines=True, double_precision=15).rstrip("\n"))
        return
    _print(table)
    failed = int(facts["error"].notna().sum())
    runs, trials = (f"{n} {what}{'s' * (n != 1)}" for n, what in ((len(table), "run"), (len(facts), "trial")))
    click.echo(f"{runs}; {trials}, {failed} of them failed, with or without a run")


def _print(table: "pd.DataFrame") -> None:
    """Print a table for each protocol and space, under its title."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if Console().is_terminal else 160, highlight=False)
    for (title, key, space), part in table.groupby(["title", "protocol", "space"], sort=False):
        drawn = Table(title=f"{space}: {title} [{key}]".replace("[", r"\["), title_justify="left")
        for name in ("run", "strategy", "settings", "seed", "trials", "failed", "started (UTC)"):
            drawn.add_column(name, justify="right" if name in ("run", "seed", "trials", "failed") else "left")
        for row in part.to_dict("records"):
            settings = ", ".join(f"{name}={value}" for name, value in row["settings"].items())
            done = f"{row['trials']} of {row['budget']}"
            cells = (row["run"], row["strategy"], settings, row["seed"], done, row["failed"], row["started"][:16])
            drawn.add_row(*(str(cell).replace("[", r"\[") for cell in cells))
        console.print(drawn)
