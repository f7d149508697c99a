"""What `proxies` prints."""

import json

import pytest
from commands import Run

from nasbench_pose.proxies import PROXIES

PEOPLE = ("--data", "synthetic:train=24,val=16,test=16")


def test_the_proxies_are_listed_with_their_papers(run: Run) -> None:
    lines = run("proxies").splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(PROXIES)
    assert all("arXiv" in line for line in lines[1:])


def test_networks_are_scored_side_by_side(run: Run) -> None:
    title, _, head, *rows = run("proxies", "micro-smallest", "heads-simcc", *PEOPLE).splitlines()
    assert title == "synthetic people 64×64, 600 steps of 16, PCKh@0.5: 16 people, seed 0"
    assert head.split() == ["proxy", "micro-smallest", "heads-simcc", "seconds"]
    assert [row.split()[0] for row in rows] == list(PROXIES)
    assert all(len(row.split()) == 4 for row in rows)


def test_json_has_every_digit(run: Run) -> None:
    rows = json.loads(run("proxies", "micro-smallest", "--proxies", "params,synflow", "--json", *PEOPLE))
    assert [row["proxy"] for row in rows] == ["params", "synflow"]
    assert rows[0]["score"] == 12134 and rows[1]["seconds"] > 0


@pytest.mark.parametrize(
    ("names", "said"),
    [("synflo", "No proxy named 'synflo'; known: .* Did you mean 'synflow'?"), ("math:pi", "expected a Proxy.")],
)
def test_a_wrong_name_is_said(names: str, said: str, refused: Run) -> None:
    import re

    assert re.search(said, refused("proxies", "micro-smallest", "--proxies", names, *PEOPLE))
