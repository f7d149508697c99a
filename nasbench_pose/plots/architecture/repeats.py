"""Finding repetitions: equal blocks, or equal groups of blocks, in a row and with the same wiring."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
Inputs = Sequence[set[int]]
"""The numbers of the inputs of each item."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """`times` groups of `period` items each, from item number `start`; an item without repetition is 1 group of 1."""

    start: int
    period: int
    times: int

    def members(self, items: Sequence[T], place: int) -> Sequence[T]:
        """Return the items at this place of each group."""
        return items[self.start + place : self.start + self.period * self.times : self.period]


def repeats(kinds: Sequence[object], inputs: Inputs, *, shortest_run: int, groups: bool) -> list[Repeat]:
    """Return the repetitions that items of these `kinds` consist of, in order; each item is in one of them.

    Groups are repetitions of each other if they have the same kinds in the same order, the same wiring inside, and the
    same wiring to the group before. Single items are joined if at least `shortest_run` of one kind follow each other;
    groups of several kinds are joined only with `groups`.

    >>> chain = [set(), {0}, {1}, {2}, {3}]
    >>> repeats("abbbc", chain, shortest_run=3, groups=False)
    [Repeat(start=0, period=1, times=1), Repeat(start=1, period=1, times=3), Repeat(start=4, period=1, times=1)]
    >>> repeats("xabab", chain, shortest_run=3, groups=True)
    [Repeat(start=0, period=1, times=1), Repeat(start=1, period=2, times=2)]
    """
    found, start = [], 0
    while start < len(kinds):
        periods = range(1, (len(kinds) - start) // 2 + 1 if groups else 2)
        candidates = [Repeat(start, period, _times(kinds, inputs, start, period)) for period in periods]
        wanted = [c for c in candidates if c.times >= (shortest_run if c.period == 1 else 2) and _is_one(kinds, c)]
        found.append(max(wanted, key=lambda c: (c.period * c.times, -c.period), default=Repeat(start, 1, 1)))
        start += found[-1].period * found[-1].times
    return found


def _is_one(kinds: Sequence[object], repeat: Repeat) -> bool:
    """Return whether a group is one item or has several kinds: a run of equal items is not a run of pairs."""
    group = kinds[repeat.start : repeat.start + repeat.period]
    return repeat.period == 1 or any(kind != group[0] for kind in group)


def _times(kinds: Sequence[object], inputs: Inputs, start: int, period: int) -> int:
    """Return the number of equal groups of `period` items from `start` on, the first included."""
    times = 1
    while _alike(kinds, inputs, start + times * period, period, first=times == 1):
        times += 1
    return times


def _alike(kinds: Sequence[object], inputs: Inputs, begin: int, period: int, *, first: bool) -> bool:
    """Return whether the group at `begin` repeats the group before it, which may be the `first`."""
    end = begin + period
    if list(kinds[begin:end]) != list(kinds[begin - period : begin]):
        return False
    for this in range(begin, end):
        outside = {source for source in inputs[this] if source < begin}
        if outside and max(outside) < begin - period:
            return False
        moved, before = ({source - period for source in inputs[this]}, inputs[this - period])
        if first:  # the first group has inputs from outside, so only the wiring inside is compared
            moved, before = ({s for s in sources if s >= begin - period} for sources in (moved, before))
        if moved != before:
            return False
    return True
