"""`nasbench-pose proxies`: scores of networks by zero-cost proxies."""

import json
from typing import TYPE_CHECKING, Any

import click

from nasbench_pose.cli._arguments import genotype_of, key_option
from nasbench_pose.cli._training_options import Recipe, loaded, measuring
from nasbench_pose.report.text import aligned
from nasbench_pose.spaces import space_of, title_of

if TYPE_CHECKING:
    from nasbench_pose.evaluators import Trial
    from nasbench_pose.genotype import Genotype
    from nasbench_pose.proxies import Proxy


@click.command()
@click.argument("genotypes", nargs=-1)
@click.option(
    "--proxies", "names", default="all", show_default=True, help="Names, separated by commas; or package.module:name."
)
@measuring
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of weights, data and samples."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with all digits.")
@key_option
def proxies(
    genotypes: tuple[str, ...],
    names: str,
    recipe: Recipe,
    seed: int,
    as_json: bool,
    keys: str | None,
) -> None:
    """Score GENOTYPES by zero-cost proxies.

    Nothing is trained: an untrained network runs on one batch of people. Higher is better. Seconds are of one core.
    Without GENOTYPES, the proxies are listed with their papers.
    """
    from nasbench_pose.proxies import PROXIES, resolve

    chosen = [resolve(name.strip()) for name in (PROXIES if names == "all" else names.split(","))]
    if not genotypes:
        rows = [[proxy.name, proxy.about, proxy.cite] for proxy in chosen]
        click.echo(aligned([["proxy", "what it measures", "paper"], *rows], left=3))
        return
    found = [genotype_of(text, keys) for text in genotypes]
    measurement = loaded(recipe.training(space_of(found[0])))
    trials = _scored(chosen, found, measurement, seed)
    if as_json:
        click.echo(json.dumps([_record(name, trial) for name, row in trials.items() for trial in row]))
        return
    click.echo(f"{measurement.protocol.title}: {measurement.protocol.batch} people, seed {seed}\n")
    click.echo(_table(found, trials))


def _scored(
    chosen: "list[Proxy]", genotypes: "list[Genotype]", measurement: Any, seed: int
) -> "dict[str, list[Trial]]":
    from nasbench_pose.proxies import ProxyEvaluator

    evaluators = {proxy.name: ProxyEvaluator(proxy, measurement.protocol, measurement.splits) for proxy in chosen}
    return {
        name: [evaluator.evaluate(genotype, fidelity=evaluator.full_fidelity, seed=seed) for genotype in genotypes]
        for name, evaluator in evaluators.items()
    }


def _table(genotypes: "list[Genotype]", trials: "dict[str, list[Trial]]") -> str:
    head = ["proxy", *(title_of(genotype) for genotype in genotypes), "seconds"]
    rows = []
    for name, row in trials.items():
        scores = [f"{trial.metrics[name]:.4g}" if trial.error is None else "fails" for trial in row]
        rows.append([name, *scores, f"{sum(trial.seconds for trial in row) / len(row):.2f}"])
    failed = [f"{title_of(t.genotype)}: {t.error}" for row in trials.values() for t in row if t.error is not None]
    return "\n".join([aligned([head, *rows], left=1), *failed])


def _record(name: str, trial: "Trial") -> dict[str, Any]:
    about = {"proxy": name, "genotype": trial.genotype.text, "key": trial.genotype.key, "seed": trial.seed}
    return about | {"score": trial.metrics.get(name), "seconds": trial.seconds, "error": trial.error}
