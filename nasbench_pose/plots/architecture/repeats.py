"""Finding what is repeated: equal blocks, or groups of them, one after the other and wired alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
Inputs = Sequence[set[int]]
"""Of each thing, the numbers of those that it reads."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """`times` groups of `period` things each, from thing number `start`; mostly one group of one."""

    start: int
    period: int
    times: int

    def members(self, things: Sequence[T], place: int) -> Sequence[T]:
        """Return what stands at this place of each group."""
        return things[self.start + place : self.start + self.period * self.times : self.period]


def repeats(kinds: Sequence[object], inputs: Inputs, *, shortest_run: int, groups: bool) -> list[Repeat]:
    """Return how things of these `kinds` divide into repetitions, in order; each thing is in one of them.

    Groups are repeated if they hold the same kinds in the same order, read the same inside, and read the group before
    them, from the second on all in the same way. Single things are put together if at least `shortest_run` follow each
    other, several kinds only if `groups` are wanted.

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
    """Say whether a group is one thing, or several kinds: a run of equal things is no run of pairs."""
    group = kinds[repeat.start : repeat.start + repeat.period]
    return repeat.period == 1 or any(kind != group[0] for kind in group)


def _times(kinds: Sequence[object], inputs: Inputs, start: int, period: int) -> int:
    """Return how many groups of `period` things from `start` on are alike, the first included."""
    times = 1
    while _alike(kinds, inputs, start + times * period, period, first=times == 1):
        times += 1
    return times


def _alike(kinds: Sequence[object], inputs: Inputs, begin: int, period: int, *, first: bool) -> bool:
    """Say whether the group that begins at `begin` repeats the one before it, which may be the `first`."""
    end = begin + period
    if list(kinds[begin:end]) != list(kinds[begin - period : begin]):
        return False
    for this in range(begin, end):
        outside = {source for source in inputs[this] if source < begin}
        if outside and max(outside) < begin - period:
            return False
        moved, before = ({source - period for source in inputs[this]}, inputs[this - period])
        if first:  # it reads what comes before all groups, which is not a group
            moved, before = ({s for s in sources if s >= begin - period} for sources in (moved, before))
        if moved != before:
            return False
    return True
