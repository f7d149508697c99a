"""`nasbench-pose db`: the inventory, checks, merging, export, import, renaming and upgrade of databases."""

import json
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nasbench_pose.cli._output import NewDatabase, NewFile
from nasbench_pose.errors import printable
from nasbench_pose.metrics import DEFAULT_OBJECTIVES

if TYPE_CHECKING:
    from nasbench_pose.store.maintenance import Conflict, Inventory, Merged


@click.group()
def db() -> None:
    """Check, merge, export and upgrade results databases.

    DB is an SQLite file or an SQLAlchemy URL.
    """


@db.command()
@click.argument("db")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def info(db: str, as_json: bool) -> None:
    """Count the runs, protocols, spaces, trials and failures in DB, without a change."""
    from nasbench_pose.store.maintenance import inventory

    found = inventory(db)
    click.echo(json.dumps(asdict(found)) if as_json else _described(found))


def _described(found: "Inventory") -> str:
    from nasbench_pose.report.protocols import titles
    from nasbench_pose.report.text import aligned

    size = f"{found.size / 1e6:,.1f} MB" if found.size >= 1e5 else f"{found.size / 1e3:,.1f} kB"
    counts = [
        ["runs", f"{found.runs:,}", f"{found.unfinished:,} below their budget"],
        ["steps", f"{found.steps:,}", ""],
        ["trials", f"{found.trials:,}", f"{found.failed:,} failed, {found.unvisited:,} without a run"],
        ["genotypes", f"{found.genotypes:,}", ""],
        ["checkpoints", f"{found.checkpoints:,}", ""],
    ]
    width = max(len(number) for _, number, _ in counts)
    lines = [f"{found.name}: {found.kind}, schema {found.schema}, {size}"]
    lines += [f"  {name:<11}  {number:>{width}}  {more}".rstrip() for name, number, more in counts]
    if found.spaces:
        rows = [[space, f"{runs:,}", f"{genotypes:,}"] for space, (runs, genotypes) in found.spaces.items()]
        lines += ["", aligned([["space", "runs", "genotypes"], *rows], left=1)]
    if found.protocols:
        named = titles(found.texts)
        protocols = [[key, named[key], *(f"{n:,}" for n in numbers)] for key, numbers in found.protocols.items()]
        lines += ["", aligned([["protocol", "", "runs", "trials", "failed"], *protocols], left=2)]
    return "\n".join(lines)


@db.command()
@click.argument("db")
@click.option("--salvage", type=NewFile(), metavar="OUT", help="Save the undamaged rows of DB into OUT.")
def check(db: str, salvage: Path | None) -> None:
    """Check DB and print errors and notes, without a change.

    The exit status is 2 after an error. The file, references, keys, metrics and steps are checked, and whether the
    spaces of the runs have changed.
    """
    from nasbench_pose.store import maintenance

    if salvage is not None:
        saved = maintenance.salvage(db, salvage)
        for name, number in saved.rows.items():
            lost = f", {saved.left_out[name]:,} left out" if saved.left_out[name] else ""
            click.echo(f"{name}: {number:,} rows saved{lost}")
        click.echo(f"saved in {salvage}", err=True)
        return
    found = maintenance.check(db)
    for finding in found:
        click.echo(f"{'wrong' if finding.wrong else 'note'}: {finding.message}")
    if any(finding.wrong for finding in found):
        raise click.exceptions.Exit(2)
    click.echo(f"{db}: nothing is wrong")


@db.command()
@click.argument("db", type=NewDatabase())
@click.argument("others", nargs=-1, required=True, metavar="OTHER...")
@click.option("--conflicts", type=NewFile(), help="Where conflicts are written.  [default: conflicts.jsonl]")
def merge(db: str, others: tuple[str, ...], conflicts: Path | None) -> None:
    """Add all runs and trials of each OTHER to DB, which is made if it is missing.

    A trial in both databases stays as it is in DB. A conflict is two different results of one trial, or two different
    histories of one run. Conflicts are printed, and both sides are written to a file of JSON lines. If one OTHER is
    refused, such as a damaged one, nothing is added.
    """
    from nasbench_pose.store.maintenance import current, merge_all, target

    with ExitStack() as stack:
        sources = [stack.enter_context(current(other)) for other in others]
        merged = merge_all(stack.enter_context(target(db)), sources)
    for other, each in zip(others, merged, strict=True):
        click.echo(f"{other}: {_added(each)}, {_counted(each.conflicts)}")
    found = [conflict for each in merged for conflict in each.conflicts]
    _write_conflicts(found, conflicts or Path("conflicts.jsonl"))


def _added(merged: "Merged") -> str:
    added = merged.added
    return f"{added['run']:,} runs, {added['step']:,} steps and {added['evaluation']:,} trials added"


def _counted(conflicts: "list[Conflict]") -> str:
    return f"{len(conflicts)} conflict{'s' * (len(conflicts) != 1)}"


def _write_conflicts(found: "list[Conflict]", path: Path) -> None:
    if not found:
        return
    with path.open("a", encoding="utf-8") as file:
        for conflict in found:
            click.echo(f"conflict: {printable(conflict.what)}")
            file.write(json.dumps(asdict(conflict), default=str) + "\n")
    click.echo(f"both sides of the conflicts: {path}", err=True)


@db.command()
@click.argument("db")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--format", "form", default="jsonl", show_default=True, metavar="csv|jsonl|parquet", help="Of the files.")
def export(db: str, folder: Path, form: str) -> None:
    """Write DB into a new FOLDER with a file for each table; `db import` reads it without loss."""
    from nasbench_pose.store.maintenance import export as exported

    for name, rows in exported(db, folder, form).items():
        click.echo(f"{name}: {rows:,} rows")


@db.command("import")
@click.argument("source")
@click.argument("db", type=NewDatabase())
@click.option("--space", help="For optuna:URL: the space whose genes are the study's parameters.")
@click.option("--study", help="For optuna:URL: the name of the study, if there are several.")
@click.option(
    "--metrics",
    default=",".join(DEFAULT_OBJECTIVES),
    show_default=True,
    help="For optuna:URL: the names of its objectives.",
)
@click.option("--conflicts", type=NewFile(), help="Where conflicts are written.  [default: conflicts.jsonl]")
def import_(source: str, db: str, space: str | None, study: str | None, metrics: str, conflicts: Path | None) -> None:
    """Add SOURCE to DB: the folder of an export, or optuna:URL, the database of an Optuna study."""
    from nasbench_pose.spaces import load as load_space
    from nasbench_pose.store.maintenance import load, load_study

    if source.startswith("optuna:"):
        if space is None:
            raise click.UsageError("optuna:URL needs --space, the space whose genes are the study's parameters.")
        names = [name.strip() for name in metrics.split(",") if name.strip()]
        searched = load_space(space)
        trials, failed = load_study(source.removeprefix("optuna:"), searched, db, names, study)
        click.echo(f"{trials:,} trials, {failed:,} of them failed")
        return
    merged = load(Path(source), db)
    click.echo(f"{_added(merged)}, {_counted(merged.conflicts)}")
    _write_conflicts(merged.conflicts, conflicts or Path("conflicts.jsonl"))


@db.command()
@click.argument("db")
@click.argument("run", type=click.IntRange(min=1))
def delete(db: str, run: int) -> None:
    """Delete RUN, the number of a run in `runs`, from DB. Its trials stay and are not measured again."""
    from nasbench_pose.store import Store
    from nasbench_pose.store.maintenance import delete_run

    with Store(db, must_exist=True) as store:
        click.echo(f"run {run} and its {delete_run(store, run)} steps are deleted; its trials stay")


@db.command()
@click.argument("db")
@click.argument("what", type=click.Choice(["strategy", "space"]))
@click.argument("old")
@click.argument("new")
def rename(db: str, what: str, old: str, new: str) -> None:
    """Rename a strategy or a space in DB. Its searches can be continued under the new name.

    NEW is a name. For a space it may be a .toml file. Every genotype must be valid in the new space.
    """
    from nasbench_pose.spaces import load as load_space
    from nasbench_pose.store import Store
    from nasbench_pose.store.maintenance import rename_space, rename_strategy

    with Store(db, must_exist=True) as store:
        if what == "strategy":
            click.echo(f"{rename_strategy(store, old, new)} runs renamed")
        else:
            runs, genotypes = rename_space(store, old, load_space(new))
            click.echo(f"{runs} runs and {genotypes} genotypes renamed")


@db.command()
@click.argument("db")
@click.option(
    "--copy",
    type=click.Path(path_type=Path),
    help="Copy of the old database: a file, or a folder for a database on a server.",
)
def upgrade(db: str, copy: Path | None) -> None:
    """Upgrade DB to the schema of this version, after a copy; print checksums before and after."""
    from nasbench_pose.report.text import aligned
    from nasbench_pose.store.maintenance import upgrade as upgraded
    from nasbench_pose.store.schema import HEAD

    done = upgraded(db, copy)
    rows = [
        [t.name, "unchanged" if t.unchanged else "CHANGED", *t.checksums, *(f"{number:,}" for number in t.rows)]
        for t in done.tables
    ]
    click.echo(aligned([["table", "", "checksum before", "after", "rows before", "after"], *rows], left=4))
    click.echo(f"schema {done.before} → {HEAD}" if done.copy else f"schema {HEAD}: nothing to upgrade")
    if done.copy:
        click.echo(f"copy of the old database: {done.copy}")
