"""The help of every command."""

from collections.abc import Iterator

import click
import pytest
from commands import Run

from nasbench_pose.cli._program import program


def commands(group: click.Group, *above: str) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*above, name)
        if isinstance(command, click.Group):
            yield from commands(command, *above, name)


@pytest.mark.parametrize("names", list(commands(program)), ids=" ".join)
def test_help_explains_every_option(names: tuple[str, ...], run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    printed = run(*names, "--help")
    assert printed.startswith(f"Usage: nasbench-pose {' '.join(names)} ")
    assert max(map(len, printed.splitlines())) <= 80
    command: click.Command = program
    for name in names:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None
        command = found
    assert (command.help or "").strip().splitlines()[0].endswith(".")
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.opts[0] in printed
            assert option.help, option.opts
        else:
            assert option.make_metavar(click.Context(command)).strip("[]") in printed
