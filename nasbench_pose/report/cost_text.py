"""The cost of a network as text, for `nasbench-pose cost`."""

import warnings
from collections.abc import Mapping
from typing import Any

from nasbench_pose.cost import CONVENTIONS, Convention
from nasbench_pose.cost.inventory import Inventory, UncountedWarning, seen
from nasbench_pose.errors import NasbenchPoseError, printable
from nasbench_pose.report.text import aligned


def totals(numbers: Mapping[str, int], convention: Convention, count: int) -> str:
    """Return a line for each number, and the count and the meaning of a convention other than the exact one.

    >>> from nasbench_pose.cost import CONVENTIONS
    >>> print(totals({"MACs": 7_645_003_776}, CONVENTIONS["macs"], 7_645_003_776).splitlines()[0])
      MACs                     7,645,003,776     7.645 G
    """
    rows = [(label, number, _short(number, 10**9)) for label, number in numbers.items()]
    if convention.name != "macs":
        rows.append((f"convention {convention.name}", count, _short(count, convention.giga)))
    lines = [f"  {label:<20}{number:>18,} {short:>11}" for label, number, short in rows]
    return "\n".join([*lines, f"  {convention.name}: {convention.description}"])


def _short(number: int, giga: int) -> str:
    """Return `number` in G, or in M if it is less than 0.1 G. M is 1e6 or 2^20, according to the convention's G."""
    mega = 10**6 if giga == 10**9 else 2**20
    return f"{number / giga:.3f} G" if number >= giga / 10 else f"{number / mega:.3f} M"


def counted(found: Inventory, convention: str, *, strict: bool = False) -> tuple[int, list[str]]:
    """Return the count of a convention for a network, and a sentence on each operation that is not counted.

    Raises NasbenchPoseError with `strict` if there is an operation that cannot be counted.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UncountedWarning)  # returned, one sentence each
        count = found.count(convention)
    if (left_out := found.uncounted()) and strict:
        raise NasbenchPoseError(f"{'; '.join(left_out)}.")
    unseen = found.unseen(convention).items()
    return count, [*left_out, *(f"{convention} counts nothing for {name}: {macs:,} MACs" for name, macs in unseen)]


def inventory_values(found: Inventory, convention: str, count: int, *, layers: bool) -> dict[str, Any]:
    """Return the totals of a network and, with `layers`, its calls as JSON values."""
    numbers = {"params": found.params, "macs": found.counted, "activations": found.activations}
    by_convention = {"convention": convention, "count": count, "giga": count / CONVENTIONS[convention].giga}
    missing = {
        "uncounted": found.missing_times(),
        "missing": [entry._asdict() for entry in found.missing],
        "outside": list(found.outside),
    }
    return numbers | by_convention | missing | ({"layers": calls(found, convention)} if layers else {})


def inventory_text(found: Inventory, convention: str, count: int, *, layers: bool) -> str:
    """Return the totals of a network and, with `layers`, its calls as text."""
    numbers = {"parameters": found.params, "MACs": found.counted, "activations": found.activations}
    table = f"\n\n{calls_table(found, convention, count)}" if layers else ""
    return f"{totals(numbers, CONVENTIONS[convention], count)}{table}"


def calls(found: Inventory, convention: str) -> list[dict[str, Any]]:
    """Return the calls of a network, each with its MACs and the convention's count."""
    rules = CONVENTIONS[convention].rules
    return [
        {"name": call.name, "operation": call.operation, "macs": call.macs, "count": seen(rules, call)}
        for call in found.calls
    ]


def calls_table(found: Inventory, convention: str, count: int) -> str:
    """Return the table of calls whose cost is not zero; `count` is the convention's total."""
    paid = [call for call in calls(found, convention) if call["macs"] or call["count"]]
    rows = [[printable(call["name"]), call["operation"], f"{call['macs']:,}", f"{call['count']:,}"] for call in paid]
    total = ["total", "", f"{found.counted:,}", f"{count:,}"]
    head = ["call in", "operation", "MACs", convention]
    columns = 3 if convention == "macs" else 4
    return aligned([row[:columns] for row in (head, *rows, total)], left=2)
