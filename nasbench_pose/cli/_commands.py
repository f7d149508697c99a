"""The group of commands: each is a module of this folder, imported when it is asked for."""

from importlib import import_module
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
    "compare",
    "front",
    "benchmark",
    "rank",
    "score",
)
"""The order of a study, which `--help` follows; a command that is not named here comes after these."""


class Commands(click.Group):
    """Finds the command `x` as the click command of that name in the module `nasbench_pose.cli.x`.

    A new file is a new command. Modules that begin with an underscore are not commands.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands, in the order of a study."""
        found = {path.stem for path in Path(__file__).parent.glob("[!_]*.py")}
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
