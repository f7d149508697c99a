"""`nasbench-pose leaderboard`: the built-in strategies by rank, and the check of a protocol card."""

from pathlib import Path

import click


@click.group(invoke_without_command=True)
@click.pass_context
def leaderboard(context: click.Context) -> None:
    """Rank the built-in strategies, or check a protocol card."""
    if context.invoked_subcommand is None:
        from nasbench_pose.report.leaderboard import leaderboard as ranked
        from nasbench_pose.report.leaderboard import printed, rows_of

        click.echo(printed(ranked(rows_of())))


@leaderboard.command()
@click.argument("card", type=click.Path(path_type=Path))
def check(card: Path) -> None:
    """Replay the searches of CARD, a card.json of `compare`, on its table, and compare every number.

    The command ends with status 2 at the first difference.
    """
    from nasbench_pose.report.replay import check_card

    click.echo(check_card(card))
