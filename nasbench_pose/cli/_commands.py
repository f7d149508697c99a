"""The group of commands: each is a module of this folder, imported when it is run."""

from importlib import import_module
from inspect import cleandoc
from pathlib import Path
from typing import Any

import click

from nasbench_pose.errors import pick

ORDER = (
    "spaces",
    "sample",
    "cost",
    "latency",
    "draw",
    "export",
    "data",
    "proxies",
    "evaluate",
    "predict",
    "strategies",
    "compare",
    "report",
    "leaderboard",
    "runs",
    "record",
    "db",
    "front",
    "benchmark",
    "rank",
    "score",
)
"""The order of a study, which `--help` follows; a command that is not named here comes after these."""

FOLDER = Path(__file__).parent


class Commands(click.Group):
    """Finds the command `x` as the click command of that name in the module `nasbench_pose.cli.x`.

    A new file is a new command. Modules that begin with an underscore are not commands.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands, in the order of a study."""
        found = {path.stem for path in FOLDER.glob("[!_]*.py")}
        return [name for name in ORDER if name in found] + sorted(found.difference(ORDER))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command; None if there is no such command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = getattr(import_module(f"nasbench_pose.cli.{cmd_name}"), cmd_name)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Return the command that `args` begin with; raise UnknownNameError that says which is near."""
        if not ctx.resilient_parsing:  # while a shell completes a line, a wrong word is no error yet
            pick("command", args[0], dict.fromkeys(self.list_commands(ctx)))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one line for each command, read from its source: importing all commands takes longer than all else."""
        names = self.list_commands(ctx)
        limit = formatter.width - 6 - max(map(len, names))  # as click does it
        lines = [(name, click.Command(name, help=docstring(name)).get_short_help_str(limit)) for name in names]
        with formatter.section("Commands"):
            formatter.write_dl(lines)


def docstring(name: str) -> str:
    """Return the docstring of a command without importing it; of one that is written unusually, with importing it.

    >>> docstring("draw").partition(".")[0]
    'Draw GENOTYPE as a graph, coloured by operation'
    """
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    signature, arrow, rest = source.partition(f"\ndef {name}(")[2].partition(') -> None:\n    """')
    text = rest.partition('"""')[0]
    if arrow and "\ndef " not in signature and "\\" not in text:
        return cleandoc(text)
    return getattr(import_module(f"nasbench_pose.cli.{name}"), name).help or ""
