"""`nasbench-pose report`: the tables and figures of a comparison from its database."""

import contextlib
import math
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nasbench_pose.cli._objectives import judging, limits_of, reference_of
from nasbench_pose.cli._output import FolderOrPage, is_page, make_folder
from nasbench_pose.errors import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nasbench_pose.objective import Limit
    from nasbench_pose.report.comparison import ComparisonReport
    from nasbench_pose.store import Store


@click.command()
@click.option("--db", required=True, help="Database: a file or an SQLAlchemy URL.")
@click.option("--space", help="Name or .toml file of the space, if the database has runs on several.")
@click.option("--protocol", help="Beginning of a protocol's key, or a part of its title, if there are several.")
@click.option(
    "--out", type=FolderOrPage(), default=Path("out"), show_default=True, help="Folder, or one page: an .html file."
)
@judging
@click.option(
    "--budget-seconds",
    type=click.FloatRange(min=0, min_open=True),
    help="Core seconds that compare gave each search: statistics are after these.",
)
@click.option("--published", is_flag=True, help="Also draw the published planes.")
@click.option("--serve", "served", is_flag=True, help="Show the page in a browser of this machine, live, until Ctrl-C.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default="a free one", help="Port of 127.0.0.1 to serve on."
)
def report(
    db: str,
    space: str | None,
    protocol: str | None,
    out: Path,
    limits: "tuple[Limit, ...]",
    macs_limit: float | None,
    reference: str | None,
    budget_seconds: float | None,
    published: bool,
    served: bool,
    port: int,
) -> None:
    """Print and draw a comparison from a database.

    All runs on one space under one protocol are compared, whatever their budgets. The folder gets tables, figures and
    report.html, one page to explore, which needs no network. With an .html file as --out only the page is written.
    With --serve nothing is written: the page is shown live on 127.0.0.1, and only reads the database.
    """
    from nasbench_pose.report.database import report as report_of
    from nasbench_pose.spaces import load
    from nasbench_pose.store import Store

    kept, worst = limits_of(limits, macs_limit), reference_of(reference)
    known = None if space is None else load(space)

    def of(store: Store) -> "ComparisonReport":
        return report_of(
            store,
            space=None if known is None else known.name,
            protocol=protocol,
            limits=kept,
            reference=worst,
            seconds=budget_seconds or math.inf,
            find_space=lambda name: known or load(name),
        )

    if served:
        serve(db, of, port)
        return
    with Store(db, must_exist=True) as store:
        found = of(store)
    if is_page(out):
        tell(found)
        write_page(found, out, db)
        return
    make_folder(out)
    show(found, out, db, published=published)
    click.echo(f"\nfigures and tables: {out}")


def serve(db: str, of: "Callable[[Store], ComparisonReport]", port: int) -> None:
    """Serve the page of a database until Ctrl-C, also before its first trial; `of` makes its report."""
    from nasbench_pose.errors import NoTrialsError
    from nasbench_pose.report.html.page import evidence_of, page
    from nasbench_pose.report.html.serve import PageServer
    from nasbench_pose.store import Store

    def make(trials: int) -> str:
        with Store(db, must_exist=True) as store:
            report = of(store)
            return page(report, evidence_of(store, report, served=trials))

    def size() -> int:
        with Store(db, must_exist=True) as store:
            return store.size()

    with PageServer(size, make, port) as server:
        with contextlib.suppress(NoTrialsError):
            server.page()  # what is wrong with the database is said here, not to the browser
        click.echo(f"{server.address}   (Ctrl-C ends it)")
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


def show(
    report: "ComparisonReport", out: Path, db: str, *, published: bool, card: "Mapping[str, Any] | None" = None
) -> None:
    """Print the tables of a report, write them and its page into a folder, and draw the figures there."""
    report.save(out)
    tell(report)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # names in letters that the font has not: boxes
        for path in report.draw(out, published=published, tell=lambda line: click.echo(line, err=True)):
            click.echo(f"drawn: {path}", err=True)
    write_page(report, out / "report.html", db, card)


def tell(report: "ComparisonReport") -> None:
    """Print the tables of a report, and its notes as messages."""
    from nasbench_pose.report.comparison_text import printed

    click.echo(printed(report))
    for note in report.notes:
        click.echo(printable(note), err=True)


def write_page(report: "ComparisonReport", path: Path, db: str, card: "Mapping[str, Any] | None" = None) -> None:
    """Write the page of a report, with the learning curves and the provenance of its database, and print its path."""
    from nasbench_pose.report.html.page import evidence_of, write
    from nasbench_pose.store import Store

    with Store(db, must_exist=True) as store:
        evidence = evidence_of(store, report, card=card)
    click.echo(f"page: {write(report, path, evidence)}", err=True)
