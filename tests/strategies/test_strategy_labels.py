"""Names of strategies with settings in brackets, as one text."""

from nasbench_pose.strategies.labels import split


def test_commas_at_the_ends_and_twice_name_nothing() -> None:
    assert split(", random,, local ,") == ["random", "local"]
