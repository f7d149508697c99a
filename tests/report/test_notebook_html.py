"""What a notebook shows of a value: its picture and numbers, without scripts, and text as text."""

import re
from base64 import b64decode
from html import unescape
from pathlib import Path

import pytest
from shown_reports import HOSTILE

import nasbench_pose as nbp
from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.search import Comparison


def words(text: str) -> str:
    """Return HTML without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


def pictures(text: str) -> list[str]:
    return [b64decode(found).decode() for found in re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', text)]


def test_a_genotype_has_its_picture_and_its_costs() -> None:
    text = nbp.find("micro-middle")._repr_html_()
    cost = nbp.cost("micro-middle")
    assert f"{cost.macs / 1e6:.2f}" in words(text) and f"{cost.params / 1e3:.1f}" in words(text)
    assert "s2b1 k7_e6" in words(text)
    (picture,) = pictures(text)
    assert "micro-middle" in picture


def test_a_genotype_of_no_known_space_has_its_genes() -> None:
    text = nbp.Genotype("elsewhere", {"width": 24}.items())._repr_html_()
    assert "width 24" in words(text) and not pictures(text)


def test_a_space_has_its_options_and_named_networks() -> None:
    text = words(nbp.load_space("efficientpose_micro")._repr_html_())
    assert "648 genotypes" in text and "s2b1 k3_e3, k7_e6" in text and "micro-largest" in text


def test_a_table_has_its_front() -> None:
    table = nbp.Benchmark.load("efficientpose_micro")
    text = table._repr_html_()
    best = table.front()["val_pckh"].max()
    assert f"{best:.1f}" in words(text) and str(table.coverage) in words(text) and len(pictures(text)) == 1


def test_a_comparison_has_its_conditions_and_then_its_results(tmp_path: Path) -> None:
    space = nbp.load_space("efficientpose_micro")
    comparison = Comparison(space, ("random",), LookUp(space.name), budget=6, seeds=2, store=tmp_path / "runs.db")
    assert "trials per search 6" in words(comparison._repr_html_())
    result = comparison.run(comparison.executor(1))
    text = words(result._repr_html_())
    assert "trials per search 6" in text and "random 2 12 0" in text and "best trade-offs" in text
    assert len(pictures(result._repr_html_())) == 1


@pytest.mark.parametrize("hostile", [HOSTILE, "<img src=x onerror=alert(1)>"])
def test_every_text_is_escaped(hostile: str, tmp_path: Path) -> None:
    space = nbp.load_space("efficientpose_micro")
    comparison = Comparison(space, (hostile,), LookUp(space.name), store=tmp_path / hostile.replace("/", ""))
    text = comparison._repr_html_()
    assert "<script" not in text and "<img" not in text and "\x1b" not in text
