"""`nasbench-pose spaces`: the list of search spaces, the genes of a space, and the check of a space file."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from nasbench_pose.large_numbers import approximately
from nasbench_pose.spaces import SearchSpace, load, names

if TYPE_CHECKING:
    from nasbench_pose.benchmark import Benchmark


class Spaces(click.Group):
    """A group whose default command is `show`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert `show` before arguments that do not begin with a command."""
        if not args or (args[0] not in self.commands and args[0] not in ("-h", "--help")):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Spaces)
def spaces() -> None:
    """List search spaces, show one, or check a space file.

    `nasbench-pose spaces SPACE` is short for `nasbench-pose spaces show SPACE`.
    """


@spaces.command()
@click.argument("space", required=False)
@click.option("--report", is_flag=True, help="Show the distribution of costs and of accuracies.")
@click.option("--table", help="For --report: a benchmark table, a .csv file; default: the package's, if any.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(space: str | None, report: bool, table: str | None, as_json: bool) -> None:
    """List the search spaces, or show the genes of SPACE, a name or the path of a .toml file."""
    if table is not None and not report:
        raise click.UsageError("--table needs --report; set both.")
    if space is None:
        if report:
            raise click.UsageError("--report needs a SPACE.")
        listed = [load(name) for name in names()]
        click.echo(json.dumps([_summary(s) for s in listed]) if as_json else _list(listed))
    elif report:
        _report(load(space), table, as_json)
    else:
        found = load(space)
        click.echo(json.dumps(_summary(found) | _networks(found) | _details(found)) if as_json else _describe(found))


@spaces.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
def check(files: tuple[str, ...]) -> None:
    """Check each FILE and print its errors with their lines. Every option of every gene is built once."""
    from nasbench_pose.spaces.space_file import check as checked

    wrong = 0
    for file in files:
        space, found = checked(file)
        wrong += len(found)
        for line in found:
            click.echo(line)
        if space is not None and not found:
            click.echo(f"{file}: {_verdict(space)}")
    if wrong:
        raise click.exceptions.Exit(2)


def _verdict(space: SearchSpace) -> str:
    from nasbench_pose.errors import NasbenchPoseError

    options = sum(len(options) for options in space.genes.values())
    try:
        supernet = f"a supernet of {len(space.open_graph())} layers"
    except NasbenchPoseError:
        supernet = "no supernet"
    return f"{space.name} is fine: kind {space.kind.name}, {len(space.genes)} genes, {options} options, {supernet}"


def _report(space: SearchSpace, table: str | None, as_json: bool) -> None:
    import numpy as np

    from nasbench_pose.report.space import space_report
    from nasbench_pose.report.space_text import report_text

    found = space_report(space, np.random.default_rng(0), _table(space, table))
    if as_json:
        click.echo(json.dumps(_summary(space) | asdict(found) | {"verdict": found.verdict}))
        return
    networks = "" if found.networks is None else f", {found.networks.text} networks"
    click.echo(f"{space.name}: {space.title}, {approximately(space.size)} genotypes{networks}\n\n{report_text(found)}")


def _table(space: SearchSpace, table: str | None) -> "Benchmark | None":
    """Return the named table, or the package's table for the space if there is one."""
    from nasbench_pose.benchmark import Benchmark
    from nasbench_pose.benchmark.shipped import shipped

    if table is None and space.name not in shipped():
        return None
    return Benchmark.load(table or space.name, space=space)


def _networks(space: SearchSpace) -> dict[str, object]:
    import numpy as np

    from nasbench_pose.spaces.distinct import distinct

    found = distinct(space, np.random.default_rng(0))
    return {"networks": None if found is None else asdict(found)}


def _summary(space: SearchSpace) -> dict[str, object]:
    return {
        "name": space.name,
        "title": space.title,
        "kind": space.kind.name,
        "size": space.size,
        "input": list(space.input),
        "joints": space.joints,
        "named": list(space.named),
    }


def _details(space: SearchSpace) -> dict[str, object]:
    named = {name: genotype.text for name, genotype in space.named.items()}
    return {"cite": space.cite, "digest": space.digest, "genes": dict(space.genes), "named": named}


def _list(listed: list[SearchSpace]) -> str:
    width = max(len(space.name) for space in listed)
    rows = [f"{s.name:<{width}}  {s.kind.name:<9}{approximately(s.size):>9}  {', '.join(s.named)}" for s in listed]
    return "\n".join([f"{'space':<{width}}  {'kind':<9}{'genotypes':>9}  named genotypes", *rows])


def _describe(space: SearchSpace) -> str:
    height, width = space.input
    genes = [f"  {gene:<14}{', '.join(map(str, options))}" for gene, options in space.genes.items()]
    named = [f"  {name:<25} {genotype.key}" for name, genotype in space.named.items()]
    return "\n".join(
        [
            f"{space.name}: {space.title}",
            f"{space.cite}",
            f"kind {space.kind.name}, input {height}×{width}, {space.joints} joints",
            f"{approximately(space.size)} genotypes{_said(space)}",
            "",
            "genes",
            *genes,
            "",
            "named genotypes and their keys",
            *named,
        ]
    )


def _said(space: SearchSpace) -> str:
    """Return a text with the number of distinct networks, if known."""
    import numpy as np

    from nasbench_pose.spaces.distinct import distinct

    found = distinct(space, np.random.default_rng(0))
    if found is None:
        return ""
    return ", each another network" if found.networks == space.size else f", {found.text} different networks"
