"""Figures of a recorded search show its numbers."""

import itertools

import numpy as np
import pytest
from matplotlib.collections import QuadMesh

from nasbench_pose.plots import choice_heat_map, figure, film_strip, skip_share
from nasbench_pose.report.search_records import read_records, select
from nasbench_pose.spaces import load

SPACE = load("efficientpose_micro")
RECORDS = read_records()
ONE = select(RECORDS, "snas", 3)[0]


def test_the_heat_map_has_a_row_for_each_option_and_a_column_for_each_ask() -> None:
    _, ax = figure()
    assert choice_heat_map(ONE, SPACE, ax) is ax
    mesh = next(part for part in ax.collections if isinstance(part, QuadMesh))
    shares = np.asarray(mesh.get_array()).reshape(-1, len(ONE.asks))
    names = [label.get_text() for label in ax.get_yticklabels()]
    for column, ask in enumerate(ONE.asks):
        assert shares[:, column].sum() == pytest.approx(len(SPACE.choices))
        assert shares[names.index("s2b2 skip"), column] == pytest.approx(ask.shares["s2b2"][0])


def test_the_film_strip_frames_what_changed() -> None:
    _, ax = figure()
    film_strip(ONE, SPACE, ax)
    genotypes = [dict(part.split("=") for part in ask.genotype.partition(":")[2].split(",")) for ask in ONE.asks]
    changes = sum(a[gene] != b[gene] for a, b in itertools.pairwise(genotypes) for gene in SPACE.genes)
    assert sum(patch.get_edgecolor()[:3] != (1, 1, 1) for patch in ax.patches) == changes > 0
    assert len(ax.patches) == len(SPACE.genes) * len(ONE.asks)


def test_the_skips_are_the_means_of_the_searches() -> None:
    _, ax = figure()
    group = select(RECORDS, "snas", None)
    skip_share(group, ax)
    (line,) = ax.lines
    means = 100 * np.mean([[ask.skips for ask in record.asks] for record in group], axis=0)
    assert np.asarray(line.get_ydata()).tolist() == pytest.approx(means.tolist())
    assert [text.get_text() for text in ax.texts] == ["snas (10)"]
