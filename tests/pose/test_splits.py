"""Dividing people by the names of their photographs."""

from hypothesis import given
from hypothesis import strategies as st

from nasbench_pose.pose.splits import HELD_OUT, SPLITS, WHOLE, by_name, divide, fraction, halved

NAMES = [f"{number:012d}.jpg" for number in range(5000)]


def test_the_shares_are_kept() -> None:
    whole, held = divide(NAMES, WHOLE), divide(NAMES, HELD_OUT)
    for splits, shares in ((whole, (0.8, 0.1, 0.1)), (held, (0, 0.5, 0.5))):
        for split, share in zip(SPLITS, shares, strict=True):
            assert abs(list(splits.values()).count(split) / len(NAMES) - share) < 0.02
    assert all(whole[name] == by_name(name) and held[name] == halved(name) for name in NAMES)


def test_adding_names_moves_nobody() -> None:
    few, many = divide(NAMES[:200], WHOLE), divide(NAMES, WHOLE)
    assert all(many[name] == split for name, split in few.items())


@given(st.sets(st.text(min_size=1, max_size=5), min_size=3, max_size=9))
def test_no_split_of_few_is_empty(names: set[str]) -> None:
    splits = divide(names, WHOLE)
    assert set(splits) == names and set(splits.values()) == set(SPLITS)
    assert set(divide(names, HELD_OUT).values()) == {"val", "test"}


def test_one_photograph_is_trained_on() -> None:
    name = next(name for name in NAMES if fraction(name) < 0.8)
    assert divide([name, name], WHOLE) == {name: "train"} and divide([], WHOLE) == {}
