"""The report of a search space as text."""

from typing import TYPE_CHECKING

from nasbench_pose.metrics import DEFAULT_OBJECTIVES, Metric, metric
from nasbench_pose.report.text import aligned

if TYPE_CHECKING:
    from nasbench_pose.report.space import Distribution, SpaceReport

FULL = 40
"""Characters of the longest bar."""


def _entry(name: str) -> Metric:
    return metric(DEFAULT_OBJECTIVES[0] if name == "accuracy" else name)


def report_text(report: "SpaceReport") -> str:
    """Return the report as text."""
    parts = [_quantiles(report), *(_bars(name, report.costs[name]) for name in report.costs)]
    if report.landmarks:
        parts.append(_landmarks(report))
    if report.accuracy is not None:
        parts += [f"{report.table}\n\n{_bars('accuracy', report.accuracy)}"]
    if report.table is not None:
        parts.append(_noise(report))
    return "\n\n".join(parts)


def _quantiles(report: "SpaceReport") -> str:
    rows = [["", "lowest", "5 %", "25 %", "median", "75 %", "95 %", "highest"]]
    shown = {**report.costs, **({} if report.accuracy is None else {"accuracy": report.accuracy})}
    for name, found in shown.items():
        what = _entry(name)
        rows.append([what.heading, *(_digits(value / what.scale) for value in found.quantiles)])
    return aligned(rows, left=1)


def _bars(name: str, found: "Distribution") -> str:
    what = _entry(name)
    ends = [_digits(edge / what.scale) for edge in found.edges]
    most = max(found.shares)
    rows = [
        [f"{low} to {high}", f"{100 * share:.2g} %", _bar(share / most)]
        for low, high, share in zip(ends[:-1], ends[1:], found.shares, strict=True)
    ]
    widths = [max(len(row[i]) for row in rows) for i in (0, 1)]
    lines = (f"  {ends:>{widths[0]}}  {share:>{widths[1]}}  {bar}".rstrip() for ends, share, bar in rows)
    how = "every genotype" if found.drawn is None else f"{found.drawn:,} genotypes drawn uniformly"
    return "\n".join([f"{what.heading}, {how}", *lines])


def _bar(share: float) -> str:
    """Return a bar with eighths of characters.

    >>> _bar(1.0) == "█" * FULL, _bar(0.0)
    (True, '')
    """
    whole, eighths = divmod(round(share * FULL * 8), 8)
    return "█" * whole + (" ▏▎▍▌▋▊▉"[eighths] if eighths else "")


def _landmarks(report: "SpaceReport") -> str:
    rows = [["named genotype", "MMACs", "parameters (k)", "dearer than"]]
    for mark in sorted(report.landmarks, key=lambda mark: mark.macs):
        dearer = "over 99.9 %" if 0.999 < mark.below < 1 else f"{100 * mark.below:.3g} %"
        rows.append([mark.name, f"{mark.macs / 1e6:,.1f}", f"{mark.params / 1e3:,.0f}", dearer])
    return aligned(rows, left=1)


def _noise(report: "SpaceReport") -> str:
    if report.spread is None:
        return report.verdict
    genotypes, seeds = (f"{value:.2f}" for value in report.spread)
    rows = [["standard deviation over genotypes (points)", genotypes], ["over seeds of one genotype (points)", seeds]]
    return f"{aligned(rows, left=1)}\n{report.verdict}"


def _digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
