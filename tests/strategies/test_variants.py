"""Several values of a setting: which are a family of searches, and which are one value."""

import pytest

from nasbench_pose.errors import InvalidFileError, UnknownNameError
from nasbench_pose.search import plan
from nasbench_pose.spaces import load
from nasbench_pose.strategies.variants import variants

SPACE = load("efficientpose_micro")


def test_the_declared_type_says_whether_commas_list_values() -> None:
    assert variants("darts", {"cost_weight": "0.1, 0.2,1e-3"}) == [
        {"cost_weight": value} for value in (0.1, 0.2, 0.001)
    ]
    assert variants("darts", {"sampler": "softmax,gumbel"}) == [{"sampler": "softmax"}, {"sampler": "gumbel"}]
    assert variants("darts", {"edges": [True, False]}) == [{"edges": True}, {"edges": False}]
    for one in ({"data": "synthetic:train=8,val=2"}, {"held": ["w1=50", "w2=50"]}, {"cost": "latency:a,b.json"}, {}):
        assert variants("darts", one) == [one]
    assert variants("random", {"weights": [1, 2]}) == [{"weights": [1, 2]}]


def test_two_lists_are_all_combinations() -> None:
    found = variants("darts", {"cost_weight": "0.1,0.2", "steps": [3, 4], "batch": 8})
    assert [(each["cost_weight"], each["steps"]) for each in found] == [(0.1, 3), (0.1, 4), (0.2, 3), (0.2, 4)]
    assert all(each["batch"] == 8 for each in found)


def test_a_list_without_a_value_and_a_wrong_value_are_one_line() -> None:
    with pytest.raises(InvalidFileError, match=r"darts\.cost_weight lists no value where one is expected"):
        variants("darts", {"cost_weight": "0.1,,0.2"})
    with pytest.raises(InvalidFileError, match="lists no value"):
        variants("darts", {"cost_weight": []})
    with pytest.raises(InvalidFileError, match=r"darts\.cost_weight is a number, not 'many'"):
        planned({"darts": {"cost_weight": "0.1,many"}})
    with pytest.raises(UnknownNameError, match="has no setting 'cost_wieght'"):
        planned({"darts": {"cost_wieght": "0.1,0.2"}})


def planned(settings: dict[str, dict[str, object]], *strategies: str) -> list[str]:
    jobs = plan(SPACE, strategies or tuple(settings), object, budget=1, seeds=1, store="none.db", settings=settings)  # type: ignore[arg-type]
    return [job.label for job in jobs if job.strategy != "baselines"]


def test_a_family_is_searches_with_names_of_their_own() -> None:
    assert planned({"efficientpose": {"cost_weight": "0.003,0.01,0.03", "limit": 4e6}}) == [
        f"efficientpose[cost_weight={weight},limit=4000000]" for weight in (0.003, 0.01, 0.03)
    ]
    with pytest.raises(InvalidFileError, match=r"efficientpose\[cost_weight=0\.5\] is listed twice"):
        planned({}, "efficientpose[cost_weight=[0.5,0.25]]", "efficientpose[cost_weight=0.5]")
