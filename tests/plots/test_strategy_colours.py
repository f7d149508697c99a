"""Colours and names of strategies: the same in all figures of a comparison, different for different strategies."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex, to_rgb
from planes import assert_readable, labels, trials

from nasbench_pose import plots, stats
from nasbench_pose.objective import COST, Limit, Objective
from nasbench_pose.plots.strategy_colours import LINES, WIDTH, spoken_names, strategy_colours
from nasbench_pose.plots.style import darker, headline

PCKH = Objective("val_pckh")
VARIANTS = (
    "random", "evolution", "evolution[population=100,sample=25]", "nsga2[population=10]",
    "nsga2[crossover=0.5,population=40]", "tpe[candidates=48,startup=20]", "asha",
    'asha[eta=2,most_rungs=3,schedule="own"]',
)  # fmt: skip


def test_forty_strategies_without_a_colour_get_forty_that_can_be_told_apart() -> None:
    colours = strategy_colours(["random", *(f"mine:{number}" for number in range(40))])
    assert len(set(colours.values())) == 41
    few = strategy_colours(["random", "evolution", *(f"evolution[population={number}]" for number in range(3))])
    apart = [np.linalg.norm(np.subtract(to_rgb(a), to_rgb(b))) for a, b in combinations(few.values(), 2)]
    assert min(apart) > 0.4


def test_a_variant_has_one_colour_and_one_name_in_every_figure_of_a_comparison() -> None:
    frame = pd.concat([trials(VARIANTS, steps=12).assign(run_seed=seed) for seed in range(3)])
    searched = frame[frame["strategy"] != "baselines"].assign(
        step=lambda rows: rows.groupby(["strategy", "run_seed"]).cumcount()
    )
    colours, names = strategy_colours(VARIANTS), spoken_names(VARIANTS)
    some = searched[searched["strategy"].isin(VARIANTS[1:5])]
    curves = stats.best_so_far(some, PCKH)
    scores = stats.at_budget(curves.assign(best=99 - curves["best"]), 12)
    pairs = stats.equivalences(scores, rope=0.5)
    drawn = (
        plots.best_so_far(some, among=VARIANTS),
        plots.anytime(curves, less=False, what="Best so far", among=VARIANTS),
        plots.attainment(stats.attainment_surfaces(some, COST, PCKH), COST, PCKH, among=VARIANTS),
    )
    for ax in drawn:
        seen = {text.get_text(): to_hex(text.get_color()) for text in ax.texts if text.get_text() in names.values()}
        assert seen == {names[name]: darker(colours[name]) for name in VARIANTS[1:5]}
        assert_readable(ax)
    ax = plots.equivalence(pairs, "evolution", rope=0.5, among=VARIANTS)
    marks = {to_hex(line.get_color()) for line in ax.lines if line.get_marker() == "D"}
    assert marks == {darker(colours[name]) for name in VARIANTS[2:5]}
    assert_readable(ax)


def test_long_settings_are_broken_into_lines_and_stay_different() -> None:
    names = [f"fixed[genotypes=[{','.join(f'{text}{number}' for number in range(40))}]]" for text in ("a", "b", "ab")]
    shown = spoken_names([*VARIANTS, *names])
    assert len(set(shown.values())) == len(VARIANTS) + 3
    assert all(len(line) <= WIDTH + 4 for text in shown.values() for line in text.split("\n"))
    assert max(text.count("\n") for text in shown.values()) < LINES
    assert shown[VARIANTS[2]] == "evolution[100/25]"


def test_chances_of_strategies_with_long_names_can_be_read() -> None:
    rng = np.random.default_rng(0)
    runs = pd.MultiIndex.from_product([VARIANTS, range(10)], names=["strategy", "run_seed"]).to_frame(index=False)
    chances = stats.improvement_table(runs.assign(score=rng.random(len(runs))), rng=rng)
    about = headline("Chance of less regret", "LSPET 64×64, 800 steps of 16", [Limit("macs", 4e6)], "60 trials")
    assert_readable(plots.improvement(chances, title=about))


@pytest.mark.parametrize("third", ["params", "seconds"])
def test_hand_made_networks_are_named_beside_three_objectives(third: str) -> None:
    frame = trials().query("strategy != 'baselines' and fidelity == 300").dropna(subset=["val_pckh"])
    by_hand = trials().query("strategy == 'baselines'").groupby(["genotype", "genotype_space"]).mean(numeric_only=True)
    goals = (PCKH, COST, Objective(third, False))
    ax = plots.coloured_plane(frame, COST, PCKH, goals[2], baselines=by_hand.reset_index())
    assert {"HRNet-W16-narrow", "SimpleBaseline-R50-narrow"} <= labels(ax)
    panels = plots.pairs(frame, goals, title="Pairs on the measured plane", baselines=by_hand.reset_index())
    assert all("HRNet-W16-narrow" in labels(one) for one in panels)
    assert panels[0].figure._suptitle.get_text() == "Pairs on the measured plane"
    width, height = panels[0].figure.get_size_inches()
    assert width == 8.0 and height > 6
