"""The figures of the statistics as pictures in the page: average ranks, and what a share of the searches attains."""

from collections.abc import Iterator

from nasbench_pose import plots, stats
from nasbench_pose.plots.style import headline
from nasbench_pose.report.comparison import ComparisonReport
from nasbench_pose.report.figures import figure_of, searching
from nasbench_pose.report.html.address import address
from nasbench_pose.report.statistics_figures import SHOWN, WORDS
from nasbench_pose.search import BASELINES


def statistics_drawings(report: ComparisonReport) -> Iterator[tuple[str, str]]:
    """Yield what each picture shows, and its address, which holds the picture; nothing without statistics."""
    among, protocol, limits = searching(report.trials), report.info.title, report.criterion.limits
    for each in report.statistics:
        if each.ranks is not None:
            figure, ax = plots.figure(height=2.1 + 0.2 * len(each.ranks.ranks))
            title = f"Average ranks after {each.budget:,.0f} {WORDS[each.over]}"
            plots.critical_difference(each.ranks, ax, blocks="seeds", title=title, note="", among=among)
            yield f"Critical-difference diagram: {title.lower()}; the table above has the ranks", address(figure)
    if report.statistics:
        y, x = report.criterion.objectives[:2]
        best = list(report.statistics[0].strategies["strategy"])[:SHOWN]
        found = report.trials[stats.finished(report.trials) & (report.trials["strategy"] != BASELINES)]
        surfaces = stats.attainment_surfaces(found[found["strategy"].isin(best)], x, y)
        title = headline(
            "What a share of the searches attains, of the best strategies", protocol, limits, report.budget
        )
        figure = figure_of(plots.attainment(surfaces, x, y, title=title, among=among))
        yield f"Attainment: the fronts that a share of the searches of {', '.join(best)} attain", address(figure)
