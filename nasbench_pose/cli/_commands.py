"""The group of commands. Each command is a module of this folder, which is imported when the command runs."""

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
    "train",
    "predict",
    "strategies",
    "compare",
    "worker",
    "watch",
    "report",
    "leaderboard",
    "runs",
    "record",
    "db",
    "front",
    "benchmark",
    "rank",
    "reproduce",
    "score",
)
"""The order of commands in `--help`, by the steps of a study. Other commands follow in alphabetical order."""

FOLDER = Path(__file__).parent


class Commands(click.Group):
    """Finds the command `x` as the click command of that name in the module `nasbench_pose.cli.x`.

    A new file is a new command. Modules that begin with an underscore are not commands.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands, in the order of `--help`."""
        found = {path.stem for path in FOLDER.glob("[!_]*.py")}
        return [name for name in ORDER if name in found] + sorted(found.difference(ORDER))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command; None if there is no such command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = getattr(import_module(f"nasbench_pose.cli.{cmd_name}"), cmd_name)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Return the command at the start of `args`; raise UnknownNameError with the nearest name."""
        if not ctx.resilient_parsing:  # an unknown word is no error during shell completion
            pick("command", args[0], dict.fromkeys(self.list_commands(ctx)))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one line for each command, read from its source, because importing all commands is slow."""
        names = self.list_commands(ctx)
        limit = formatter.width - 6 - max(map(len, names))  # as click does it
        lines = [(name, click.Command(name, help=docstring(name)).get_short_help_str(limit)) for name in names]
        with formatter.section("Commands"):
            formatter.write_dl(lines)


def docstring(name: str) -> str:
    """Return the docstring of a command from its source, or by importing it if the source is unusual.

    >>> docstring("draw").partition(".")[0]
    'Draw GENOTYPE as a graph, coloured by operation'
    """
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    signature, arrow, rest = source.partition(f"\ndef {name}(")[2].partition(') -> None:\n    """')
    text = rest.partition('"""')[0]
    if arrow and "\ndef " not in signature and "\\" not in text:
        return cleandoc(text)
    return getattr(import_module(f"nasbench_pose.cli.{name}"), name).help or ""
