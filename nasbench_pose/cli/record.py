"""`nasbench-pose record`: what differentiable searches recorded, and other rules replayed on it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nasbench_pose.cli._output import NewFolder
from nasbench_pose.cli._training_options import given

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from nasbench_pose.strategies.supernet.record import SearchRecord


@click.group()
def record() -> None:
    """Show or replay what differentiable searches recorded.

    FILE is a file of records (.jsonl) or a database. Without it, the searches of the package are used.
    """


@record.command()
@click.argument("file", required=False)
@click.option("--strategy", help="Only the searches of this strategy, named as in the table.")
@click.option("--seed", type=int, help="Only the searches of this seed.")
@click.option("--out", type=NewFolder(), help="Draw choices, derived genotypes and skips into this folder.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each ask, with all digits.")
def show(file: str | None, strategy: str | None, seed: int | None, out: Path | None, as_json: bool) -> None:
    """Print the asks of one search, or a line for each of several, and draw them."""
    from nasbench_pose.report.search_records import asks_frame, read_records, select

    records = select(read_records(file), strategy, seed)
    frame = asks_frame(records)
    if as_json:
        click.echo(frame.to_json(orient="records", lines=True, double_precision=15).rstrip("\n"))
    else:
        click.echo(_of_one(frame, records[0].unit) if len(records) == 1 else _of_several(records))
    if out is None:
        return
    from nasbench_pose.plots import choice_heat_map, film_strip, save, skip_share
    from nasbench_pose.report.search_records import space_of_record

    out.mkdir(parents=True, exist_ok=True)
    axes = {"skips.svg": skip_share(records)}
    if len(records) == 1:
        space = space_of_record(records[0])
        axes |= {"choices.svg": choice_heat_map(records[0], space), "genotypes.svg": film_strip(records[0], space)}
    for name, ax in axes.items():
        if (figure := ax.get_figure(root=True)) is not None:
            save(figure, out / name)
            click.echo(f"drawn: {out / name}")


@record.command()
@click.argument("file", required=False)
@click.option("--strategy", help="Only the searches of this strategy, named as in `record show`.")
@click.option("--seed", type=int, help="Only the searches of this seed.")
@click.option("--stop", default="never", show_default=True, help="Stopping rule: never, eigenvalue or skips.")
@click.option("--window", type=click.IntRange(min=1), default=5, show_default=True, help="Asks in a mean eigenvalue.")
@click.option("--factor", type=click.FloatRange(min=0, min_open=True), default=1.3, show_default=True,
              help="Rise of the mean eigenvalue that stops.")  # fmt: skip
@click.option("--share", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="Share of skips that stops.")
@click.option("--derive", default="likeliest", show_default=True, help="Derivation: likeliest or drawn.")
@click.option("--limit", type=click.FloatRange(min=0, min_open=True), help="Largest cost of a proposal.")
@click.option("--cost", default="macs", show_default=True, help="macs, params, or latency:FILE.")
@click.option("--draws", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of drawn genotypes.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each proposal.")
def replay(
    file: str | None,
    strategy: str | None,
    seed: int | None,
    stop: str,
    window: int,
    factor: float,
    share: float,
    derive: str,
    limit: float | None,
    cost: str,
    draws: int,
    as_json: bool,
) -> None:
    """Print the proposals of the recorded searches under another rule. Nothing is trained."""
    from nasbench_pose.report.search_records import read_records, replayed_frame, select, space_of_record
    from nasbench_pose.strategies.supernet.gene_costs import gene_costs
    from nasbench_pose.strategies.supernet.replay import replay as replayed
    from nasbench_pose.strategies.supernet.stopping import StoppingRule

    if given("cost") and limit is None:
        raise click.UsageError("--cost is the cost that --limit bounds; set --limit, too.")
    found = []
    for one in select(read_records(file), strategy, seed):
        space = space_of_record(one)
        size, joints = one.input or space.input, one.joints or space.joints
        costs = gene_costs(space, cost, input=size, joints=joints) if limit else None
        rule = StoppingRule(window, factor, share)
        found.append(
            replayed(one, space, stop=stop, rule=rule, derive=derive, costs=costs, limit=limit or 0.0, seed=draws)
        )
    frame = replayed_frame(found)
    if as_json:
        click.echo(frame.to_json(orient="records", lines=True).rstrip("\n"))
        return
    from nasbench_pose.report.text import aligned

    rows = [
        [row["strategy"], str(row["seed"]), str(row["ask"]), str(row["derived_from"]),
         row["genotype"].partition(":")[2], "changed" if row["changed"] else ""]
        for row in frame.to_dict("records")
    ]  # fmt: skip
    click.echo(aligned([["strategy", "seed", "ask", "derived from ask", "genotype", ""], *rows], left=1))
    stopped = sum(one.stop is not None for one in found)
    click.echo(
        f"\n{len(found)} searches, {stopped} of them stopped; {int(frame['changed'].sum())} of {len(frame)} proposals "
        "differ from those recorded"
    )


def _of_one(frame: "pd.DataFrame", unit: str) -> str:
    from nasbench_pose.report.text import aligned

    head = ["ask", "steps", "loss, weights", "loss, choices", f"E[cost] ({unit})", "entropy", "skips", "eigenvalue",
            "genotype"]  # fmt: skip
    rows = [
        [str(row["ask"]), str(row["steps"]), *(_number(row[name], digits) for name, digits in DIGITS.items()),
         row["genotype"].partition(":")[2]]
        for row in json.loads(frame.to_json(orient="records"))
    ]  # fmt: skip
    return aligned([head, *rows], left=0)


DIGITS = {"weights_loss": ".3f", "choices_loss": ".3f", "cost": ",.0f", "entropy": ".3f", "skips": ".2f",
          "eigenvalue": ".4f"}  # fmt: skip


def _number(value: float | None, digits: str) -> str:
    return "–" if value is None else format(value, digits)


def _of_several(records: "Sequence[SearchRecord]") -> str:
    from nasbench_pose.report.text import aligned

    head = ["strategy", "seed", "asks", "steps", "E[cost]", "unit", "entropy", "skips"]
    rows = [
        [one.strategy, str(one.seed), str(last.ask), str(last.steps), _number(last.cost, DIGITS["cost"]), one.unit,
         _number(last.entropy, DIGITS["entropy"]), _number(last.skips, DIGITS["skips"])]
        for one, last in ((one, one.asks[-1]) for one in records)
    ]  # fmt: skip
    return aligned([head, *rows], left=1)
