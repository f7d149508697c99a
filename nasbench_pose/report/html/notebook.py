"""Genotypes, spaces, benchmark tables and comparisons as HTML for notebooks."""

from collections.abc import Mapping, Sequence
from functools import singledispatch
from importlib.resources import files

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure

from nasbench_pose import plots
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.cost import Cost, count
from nasbench_pose.errors import NasbenchPoseError, printable
from nasbench_pose.genotype import Genotype
from nasbench_pose.metrics import metric
from nasbench_pose.objective import ACCURACY, COST
from nasbench_pose.plots.architecture import Subject, draw_one
from nasbench_pose.report.comparison import comparison_report
from nasbench_pose.report.html import tables
from nasbench_pose.report.html.address import address
from nasbench_pose.report.html.tables import Table
from nasbench_pose.search import Comparison, ComparisonResult
from nasbench_pose.spaces import SearchSpace, name_of, space_of

COUNTED = ("params", "macs", "activations")
MOST_ROWS = 12


@singledispatch
def html(value: object) -> str:
    """Return a value as HTML without scripts; every text in it is escaped.

    >>> from nasbench_pose.spaces import find
    >>> "MMACs" in html(find("micro-middle"))
    True
    """
    return _page(repr(value), [], [])


@html.register
def _(genotype: Genotype) -> str:
    """Show the genes, the costs and the drawing; only the genes of a genotype whose space is missing or has changed."""
    genes = Table("Genes", ["gene", "value"], [[gene, str(value)] for gene, value in genotype.genes])
    try:
        space, name = space_of(genotype), name_of(genotype)
        subject = Subject(name or genotype.key, space, genotype)
        cost, drawing = count(space.graph(genotype)), draw_one(subject)
    except NasbenchPoseError:
        return _page(f"{genotype.space} {genotype.key}", [genes], [])
    height, width = space.input
    costs = _costs({f"costs at {height}×{width}, {space.joints} joints": cost})
    return _page(f"{name or genotype.key}, {genotype.space}", [costs, genes], [drawing])


@html.register
def _(space: SearchSpace) -> str:
    """Show the genes with their options, and the costs of named genotypes."""
    options = Table("Genes", ["gene", "options"], [[gene, ", ".join(map(str, o))] for gene, o in space.genes.items()])
    named = dict(list(space.named.items())[:MOST_ROWS])
    costs = _costs({name: count(space.graph(genotype)) for name, genotype in named.items()})
    return _page(f"{space!r}: {space.title}", [options, *([costs] if named else [])], [])


@html.register
def _(table: Benchmark) -> str:
    """Show the front as a table, and the plane of all networks."""
    members = table.front()
    names = {genotype.text: name for name, genotype in table.space.named.items()}
    shown = [metric(name) for name in ("macs", "params", "val_pckh", "seconds")]
    rows = [
        [names.get(row["genotype"], row["key"]), *(one.text(row[one.name]) for one in shown)]
        for row in members.to_dict("records")
    ]
    figure, ax = plots.figure()
    plots.front_plane(table.means()[: len(table.index.members)].dropna(subset=["val_pckh"]), COST, ACCURACY, ax)
    front = Table("The front of accuracy over MACs", ["network", *(one.heading for one in shown)], rows)
    return _page(f"{table.about['title']}: {table.coverage}", [front], [figure])


@html.register
def _(comparison: Comparison) -> str:
    """Show what is compared, under which conditions."""
    return _page(f"Comparison on {comparison.space.name}", [_conditions(comparison)], [])


@html.register
def _(result: ComparisonResult) -> str:
    """Show the strategies, the best trade-offs and the measured plane; only the conditions before a trial finished."""
    comparison = result.comparison
    title = f"Comparison on {comparison.space.name}: {len(result.trials):,} trials"
    try:
        report = comparison_report(result)
    except NasbenchPoseError:
        return _page(title, [_conditions(comparison)], [])
    y, x = report.criterion.objectives[:2]
    figure, ax = plots.figure()
    plots.measured_plane(
        report.trials, ax, protocol=report.info.title, x=x, y=y, limits=report.criterion.limits, budget=report.budget
    )
    best = tables.networks(report.trade_offs, report, "The best trade-offs")
    return _page(title, [_conditions(comparison), tables.strategies(report), best], [figure])


def _conditions(comparison: Comparison) -> Table:
    limits = ", ".join(limit.label for limit in comparison.limits or ()) or "none told"
    facts = {
        "strategies": ", ".join(comparison.strategies),
        "measurement": comparison.info.title,
        "objectives": ", ".join(objective.text for objective in comparison.objectives),
        "limits": limits,
        "trials per search": f"{comparison.budget:,}",
        "searches per strategy": str(comparison.seeds),
        "database": str(comparison.store),
    }
    return Table("Conditions", ["what", "value"], [list(pair) for pair in facts.items()])


def _costs(costs: Mapping[str, Cost]) -> Table:
    shown = [metric(name) for name in COUNTED]
    rows = [
        [name, *(one.text(getattr(cost, one.name)) for one in shown), f"{cost.peak_elements:,}"]
        for name, cost in costs.items()
    ]
    return Table("Costs", ["network", *(one.heading for one in shown), "peak activations"], rows)


def _page(title: str, shown: Sequence[Table], figures: Sequence[Figure]) -> str:
    environment = Environment(
        loader=FileSystemLoader(str(files("nasbench_pose.report.html"))), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, finalize=printable,
    )  # fmt: skip
    template = environment.get_template("notebook.html.jinja")
    return template.render(title=title, tables=shown, pictures=[address(figure) for figure in figures])
