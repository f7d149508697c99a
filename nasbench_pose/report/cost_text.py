"""What a network costs, as `nasbench-pose cost` prints it."""

from collections.abc import Mapping

from nasbench_pose.cost import Convention


def totals(numbers: Mapping[str, int], convention: Convention, count: int) -> str:
    """Return a line for each number, one for what a convention other than the exact one counts, and what it means.

    >>> from nasbench_pose.cost import CONVENTIONS
    >>> print(totals({"MACs": 7_645_003_776}, CONVENTIONS["macs"], 7_645_003_776).splitlines()[0])
      MACs                     7,645,003,776     7.645 G
    """
    rows = [(label, number, _short(number, 10**9)) for label, number in numbers.items()]
    if convention.name != "macs":
        rows.append((f"convention {convention.name}", count, _short(count, convention.giga)))
    lines = [f"  {label:<20}{number:>18,}{short:>12}" for label, number, short in rows]
    return "\n".join([*lines, f"  {convention.name}: {convention.description}"])


def _short(number: int, giga: int) -> str:
    """Return `number` in G, or in M where G would begin with zeros; M is 1e6 or 2^20, as the convention's G is."""
    mega = 10**6 if giga == 10**9 else 2**20
    return f"{number / giga:.3f} G" if number >= giga / 10 else f"{number / mega:.3f} M"
