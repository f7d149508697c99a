"""`nasbench-pose rank`: the rank correlation of predictors with full training."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nasbench_pose.cli._output import NewFigure, NewFile
from nasbench_pose.cli._progress import watching_scores
from nasbench_pose.cli._training_options import DEVICE, PRECISION, given
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.report.text import aligned

if TYPE_CHECKING:
    import pandas as pd

    from nasbench_pose.benchmark import Benchmark
    from nasbench_pose.genotype import Genotype
    from nasbench_pose.predictors import RankingTask


@click.command()
@click.argument("space", default="")
@click.option("--by", "names", default="", help="Predictors, separated by commas; default: the zero-cost proxies.")
@click.option("--table", default="", help="Ground truth: a .csv file of `benchmark build`; default: the package's.")
@click.option("--data", help="The table's data set: synthetic, or lspet:/folder.")
@DEVICE
@PRECISION
@click.option("--networks", type=click.IntRange(min=3), default=100, show_default=True, help="Networks to rank.")
@click.option(
    "--seeds", type=click.IntRange(min=1), default=1, show_default=True, help="Scores of each network, averaged."
)
@click.option(
    "-k",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Top networks of each predictor, for the regret.",
)
@click.option("--minutes", type=click.FloatRange(min=0), help="Start no score after this many minutes.")
@click.option("--out", type=NewFile(".csv"), help="File of scores, .csv; its scores are reused.")
@click.option("--figure", type=NewFigure(), help="Draw rank correlation against seconds: .svg, .pdf or .png.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with all digits.")
def rank(
    space: str,
    names: str,
    table: str,
    data: str | None,
    device: str | None,
    precision: str | None,
    networks: int,
    seeds: int,
    k: int,
    minutes: float | None,
    out: Path | None,
    figure: Path | None,
    as_json: bool,
) -> None:
    """Compare the ranks of predictors with full training on SPACE.

    The ground truth is the mean over seeds on val in a benchmark table. Without SPACE and --table, the predictors are
    listed: a name, or name=number. Each score is written to --out at once, and is not computed again.
    """
    if not space and not table:
        click.echo(_listed())
        return
    from nasbench_pose.predictors import RankingTask

    computing = {name: value for name, value in (("device", device), ("precision", precision)) if value is not None}
    if device is not None:
        from nasbench_pose.network.devices import device_of

        device_of(device)  # said before people are loaded
    task = RankingTask(_truth(space, table, data), data, computing)
    chosen = list(dict.fromkeys(name.strip() for name in names.split(",") if name.strip())) or _default(task)
    ends = time.monotonic() + 60 * minutes if minutes is not None else float("inf")
    drawn = _drawn(task.benchmark, networks, k)
    scores = _scored(task, chosen, drawn, range(seeds), out, lambda: time.monotonic() < ends)
    found = _trusted(task.benchmark, scores, k)
    if figure is not None:
        from nasbench_pose.plots import save
        from nasbench_pose.report.trust import trust_figure

        save(trust_figure(task.benchmark, found, drawn), figure)
    if as_json:
        records = json.loads(found.to_json(orient="records", double_precision=15))
        click.echo(json.dumps({"table": task.benchmark.name, "k": k, "predictors": records}))
        return
    incomplete = "" if task.benchmark.complete else f"; the table is incomplete: {task.benchmark.coverage}"
    click.echo(f"{task.benchmark.about['title']}\n{len(drawn)} networks, drawn uniformly{incomplete}\n")
    click.echo(_table(found, k))


def _drawn(benchmark: "Benchmark", networks: int, k: int) -> "list[Genotype]":
    from nasbench_pose.predictors import sample

    drawn = sample(benchmark, networks)
    if given("networks") and len(drawn) < networks:
        click.echo(f"Only {len(drawn)} networks are trained, not {networks}; all of them are used.", err=True)
    if k >= len(drawn):
        raise InvalidFileError(f"-k {k} of {len(drawn)} networks is all of them; k must be smaller.")
    return drawn


def _default(task: "RankingTask") -> list[str]:
    """Return the zero-cost proxies; without a data set, print a message and return those that need none."""
    from nasbench_pose.pose.source import example
    from nasbench_pose.predictors import COUNTED, DEFAULT

    if task.sees_people:
        return list(DEFAULT)
    where = f"set the folder of those of {task.benchmark.name} by --data {example(task.benchmark.people)}"
    click.echo(f"Without {', '.join(name for name in DEFAULT if name not in COUNTED)}: they need people; {where}.",
               err=True)  # fmt: skip
    return list(COUNTED)


def _truth(space: str, table: str, data: str | None) -> "Benchmark":
    from nasbench_pose.benchmark import Benchmark
    from nasbench_pose.spaces import load

    own = load(space) if space else None
    kind = data.partition(":")[0] if data else None
    return Benchmark.load(table or own.name if own else table, kind, space=own)


def _scored(
    task: "RankingTask",
    names: list[str],
    genotypes: "list[Genotype]",
    seeds: range,
    out: Path | None,
    keep_going: Callable[[], bool],
) -> "pd.DataFrame":
    import tempfile

    import pandas as pd

    from nasbench_pose.predictors import ScoreFile, resolve

    predictors = [resolve(name, task) for name in names]  # an invalid predictor is an error before any is computed
    with tempfile.TemporaryDirectory() as folder, ScoreFile(out or Path(folder) / "scores.csv").lock() as file, \
            watching_scores() as show:  # fmt: skip
        parts = [
            file.scored(
                one, genotypes, seed, keep_going=keep_going, on_score=lambda *new, name=one.name: show(name, *new)
            )
            for one in predictors
            for seed in seeds
        ]
    scores = pd.concat(parts, ignore_index=True)
    if not len(scores):
        raise InvalidFileError("No score was computed in time: allow more --minutes.")
    if left := len(predictors) * len(genotypes) * len(seeds) - len(scores):
        click.echo(f"The time was over before {left} scores were computed.", err=True)
    return scores


def _trusted(benchmark: "Benchmark", scores: "pd.DataFrame", k: int) -> "pd.DataFrame":
    from nasbench_pose.benchmark.arrays import SPLITS
    from nasbench_pose.predictors import trust

    return trust(scores, benchmark.means().set_index("genotype")[SPLITS["val"]], k=k)


def _table(found: "pd.DataFrame", k: int) -> str:
    from nasbench_pose.report.trust import table_rows

    missing = [
        f"{row['predictor']}: {row['failed']} of {row['failed'] + row['networks']} have no score: {row['error']}"
        if row["failed"]
        else f"{row['predictor']}: {row['error']}"
        for row in found.to_dict("records")
        if row["error"]
    ]
    return "\n".join([aligned(table_rows(found, k), left=1), *missing])


def _listed() -> str:
    from nasbench_pose.predictors import known

    spelt = [
        [f"{name}{'' if one.argument is None else '=…' if one.needed else '[=…]'}", one.argument or "", one.description]
        for name, one in known().items()
    ]
    return aligned([["predictor", "…", "what it is"], *spelt], left=3)
