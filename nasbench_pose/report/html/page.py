"""The page: data, figures and tables put into one HTML file."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from bokeh.document import Document
from bokeh.plotting import figure as Figure
from bokeh.resources import Resources
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from nasbench_pose import __version__
from nasbench_pose.errors import printable
from nasbench_pose.report.card_of_runs import card_of_runs
from nasbench_pose.report.comparison import ComparisonReport
from nasbench_pose.report.html import tables
from nasbench_pose.report.html.curves import learning_curves, strategy_curves
from nasbench_pose.report.html.genes import choice_map, parallel
from nasbench_pose.report.html.look import SEVERAL, colours_of
from nasbench_pose.report.html.networks import ABSENT, Networks, networks_of
from nasbench_pose.report.html.pictures import packed, pictures
from nasbench_pose.report.html.planes import PALETTE, Linked, linked, measured, pairs
from nasbench_pose.report.html.published import RECOUNTED, printed_conventions, published_planes
from nasbench_pose.report.html.statistics_drawings import statistics_drawings
from nasbench_pose.store import Store

FOLDER = files(__package__ or "nasbench_pose.report.html")
SECONDS = 5
"""From one look of a served page for new trials to the next."""
SCRIPTS = ("networks", "saving", "filters", "plots", "table", "look", "page")
"""The page's own scripts, of `script/`, in the order in which they are put together."""


@dataclass(frozen=True)
class Evidence:
    """What a page shows beside a report: all of it may be missing."""

    database: str = ""
    """The database, as commands name it."""
    curves: pd.DataFrame | None = None
    """Learning curves, as `Store.curves` returns them."""
    runs: pd.DataFrame | None = None
    """The searches and their provenance, as `Store.runs` returns them."""
    card: Mapping[str, Any] | None = None
    """The protocol card, as `report.card.card_of` or `report.card_of_runs.card_of_runs` returns it."""
    served: int | None = None
    """Of a page that is served and asks for new trials: the number of trials in the database when it was made."""


def evidence_of(
    store: Store, report: ComparisonReport, *, card: Mapping[str, Any] | None = None, served: int | None = None
) -> Evidence:
    """Return what a database knows of a report beside its trials: learning curves, provenance and protocol card.

    `card` is that of a comparison, which knows more than the database; `served` is that of Evidence.
    """
    curves, runs = store.curves(), store.runs()
    of = curves["protocol"].isin(report.trials["protocol"].unique())
    return Evidence(store.name, curves[of], runs, card or card_of_runs(report, runs), served)


def write(report: ComparisonReport, out: Path, evidence: Evidence | None = None) -> Path:
    """Write the page of a report into a file, whole or not at all; return the file."""
    text = page(report, evidence)
    draft = out.with_name(f"{out.name}.part")
    draft.write_text(text, encoding="utf-8")
    return draft.replace(out)


def page(report: ComparisonReport, evidence: Evidence | None = None) -> str:
    """Return a report as one HTML document, which loads nothing from elsewhere."""
    evidence = evidence or Evidence()
    networks = networks_of(report)
    shared = linked(networks)
    parts, facts = _figures(report, shared, evidence), _facts(report, networks, evidence)
    document = Document()
    drawings = [drawn for _, several in parts for drawn in several]
    with document.models.freeze():  # else the document is searched for models once per root
        for model in (*drawings, shared.source, shared.kept, *shared.mappers.values()):
            document.add_root(model)
    text: str = _template().render(
        title=printable(f"{networks.space}: {report.info.title}"),
        report=report,
        evidence=evidence,
        version=__version__,
        figures={name: [(drawn.name, drawn.id) for drawn in several] for name, several in parts},
        networks=networks,
        tables=list(_tables(report, evidence)),
        statistics=list(statistics_drawings(report)),
        strategies=list(zip(networks.strategies, colours_of(networks.strategies), strict=True)),
        conventions=RECOUNTED,
        printed=printed_conventions(),
        drawn=facts["drawn"],
        bokeh=_script(Resources(mode="inline", components=["bokeh"]).js_raw),
        script=_script([(FOLDER / "script" / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]),
        style=Markup((FOLDER / "report.css").read_text(encoding="utf-8")),
        documents=_json({"report": document.to_json(deferred=False)}),
        facts=_json(facts),
    )
    return text


def waiting(reason: str, trials: int) -> str:
    """Return the page that is served in place of a report, until there are more or less than so many trials."""
    style = Markup((FOLDER / "report.css").read_text(encoding="utf-8"))
    text: str = _template("waiting.html.jinja").render(reason=reason, trials=trials, seconds=SECONDS, style=style)
    return text


def _figures(report: ComparisonReport, shared: Linked, evidence: Evidence) -> list[tuple[str, list[Figure]]]:
    networks = shared.networks
    map_of_choices = choice_map(networks)
    learning = None if evidence.curves is None else learning_curves(evidence.curves, networks)
    return [
        ("measured", [measured(shared, report.criterion.limits)]),
        ("pairs", pairs(shared)),
        ("parallel", [parallel(shared)]),
        ("choices", [map_of_choices] if map_of_choices else []),
        ("strategies", strategy_curves(report, networks)),
        ("learning", [learning] if learning else []),
        ("published", published_planes(networks)),
    ]


def _tables(report: ComparisonReport, evidence: Evidence) -> Iterator[tuple[str, tables.Table]]:
    yield "strategies", tables.strategies(report)
    for table in tables.statistics(report):
        yield "strategies", table
    if len(report.baselines):
        yield "strategies", tables.networks(report.baselines, report, "Hand-made networks under the same protocol")
    caption = "The best trade-offs: the members of the front that together cover most of it"
    yield "strategies", tables.networks(report.trade_offs, report, caption)
    if (found := tables.failures(report.trials)) is not None:
        yield "failures", found
    yield "protocol", tables.objectives(report)
    for table in tables.card(evidence.card) if evidence.card else ():
        yield "protocol", table
    if evidence.runs is not None and len(evidence.runs):
        of = set(report.trials["run"]) if "run" in report.trials else set(evidence.runs["run"])
        runs = evidence.runs[evidence.runs["run"].isin(of)]
        yield "protocol", tables.protocol(str(runs["protocol_text"].iloc[0] or ""))
        yield "protocol", tables.provenance(runs)


def _facts(report: ComparisonReport, networks: Networks, evidence: Evidence) -> dict[str, Any]:
    """Return what the page's own script needs to know."""
    info = report.info
    drawn = pictures(networks, input=info.input, joints=info.joints)
    own = networks.rows["genotype_space"] == networks.space
    return {
        "space": networks.space,
        "database": evidence.database,
        "input": list(info.input),
        "joints": info.joints,
        "absent": ABSENT,
        "objectives": [
            {"column": o.column, "title": o.metric.title, "heading": o.metric.heading, "maximise": o.maximise,
             "unit": o.metric.unit, "digits": o.metric.digits, "log": o.metric.log}
            for o in networks.objectives
        ],
        "limits": {limit.column: limit.most / limit.metric.scale for limit in report.criterion.limits},
        "genes": [{"name": gene, "options": list(map(str, known))} for gene, known in networks.options.items()],
        "strategies": list(networks.strategies),
        "colours": [*colours_of(networks.strategies), SEVERAL],
        "palette": PALETTE,
        "keys": networks.rows["key"].tolist(),
        "names": {str(row): name for row, name in networks.rows["name"].items() if name},
        "texts": {str(row): text for row, text in networks.rows["genotype"][~own].items()},
        "pictures": packed(drawn),
        "drawn": drawn["count"],
        "served": evidence.served,
        "seconds": SECONDS,
    }  # fmt: skip


def _template(name: str = "report.html.jinja") -> Any:
    environment = Environment(
        loader=FileSystemLoader(str(FOLDER)), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=lambda shown: shown if isinstance(shown, Markup) else printable(shown),
    )  # fmt: skip
    return environment.get_template(name)


def _script(parts: Sequence[str]) -> Markup:
    """Return JavaScript of the package or of Bokeh, for a script element, which `</script` would end."""
    return Markup("\n".join(parts).replace("</script", r"<\/script"))


def _json(value: Any) -> Markup:
    """Return JSON for a script element: no text in it can end the element or begin a comment."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=list, allow_nan=False)
    return Markup(text.replace("<", r"\u003c").replace("\u2028", r"\u2028").replace("\u2029", r"\u2029"))
