"""The splits train, val and test, determined by file names alone, so additional images do not change them."""

import hashlib
from collections.abc import Iterable

SPLITS = ("train", "val", "test")

GROUPS = {"train": ("train",), "val": ("val",), "test": ("test",), "heldout": ("val", "test"), "all": SPLITS}
"""Name -> splits; the people of `heldout` and `all` are in the order of the data set."""


def fraction(name: str) -> float:
    """Return a number in 0..1 that depends on the name alone.

    >>> fraction("im00001.jpg") == fraction("im00001.jpg") != fraction("im00002.jpg")
    True
    """
    return int(hashlib.sha256(name.encode()).hexdigest()[:12], 16) / 16**12


def by_name(name: str) -> str:
    """Return train, val or test for 80, 10 and 10 of a hundred names.

    >>> [by_name(f"{number}.jpg") for number in range(6)]
    ['train', 'train', 'train', 'val', 'train', 'train']
    """
    return SPLITS[(fraction(name) >= 0.8) + (fraction(name) >= 0.9)]


WHOLE, HELD_OUT = (("train", 0.8), ("val", 0.9), ("test", 1.0)), (("val", 0.5), ("test", 1.0))
"""Division of a data set without splits, and of a held-out part: each split with the upper end of its fractions."""


def divide(names: Iterable[str], shares: tuple[tuple[str, float], ...]) -> dict[str, str]:
    """Return the split of each name, by its `fraction`; no split is empty unless there are too few names.

    >>> divide(["a.jpg", "b.jpg", "c.jpg"], WHOLE)
    {'a.jpg': 'train', 'b.jpg': 'val', 'c.jpg': 'test'}
    """
    order = sorted(set(names), key=fraction)
    splits = {name: next(split for split, end in shares if fraction(name) < end) for name in order}
    if len(order) >= len(shares) and len(set(splits.values())) < len(shares):
        ends = [order[0], *order[1 - len(shares) :]]
        splits |= {name: split for name, (split, _) in zip(ends, shares, strict=True)}
    return splits


def halved(name: str) -> str:
    """Return val or test with equal probability, for data sets with only one of the two."""
    return "test" if fraction(name) >= 0.5 else "val"
