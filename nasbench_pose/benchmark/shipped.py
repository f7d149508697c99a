"""The tables that come with the package."""

from pathlib import Path

from nasbench_pose.errors import UnknownNameError, nearest
from nasbench_pose.files import folder

PREFIX = "bench_"
"""`results/bench_<space>_<data>.csv` is a benchmark table."""

PREFERRED = "lspet"
"""Real people are what matters."""


def shipped() -> dict[str, dict[str, Path]]:
    """Return space -> data set -> file of every benchmark table in `results/`.

    >>> all(path.exists() for tables in shipped().values() for path in tables.values())
    True
    """
    found: dict[str, dict[str, Path]] = {}
    for path in sorted(folder("results").glob(f"{PREFIX}*.csv")):
        space, _, data = path.stem.removeprefix(PREFIX).rpartition("_")
        found.setdefault(space, {})[data] = path
    return found


def table_of(space: str, data: str | None) -> Path:
    """Return the table of a space on a data set; of no data set in particular, that on real people if there is one.

    Raises UnknownNameError that says which there are.
    """
    tables = shipped()
    known = ", ".join(f"{name} ({', '.join(sets)})" for name, sets in tables.items()) or "none"
    hint = "; or the path of a .csv file that `nasbench-pose benchmark build` made."
    if space not in tables:
        raise UnknownNameError(f"No benchmark table of {space!r}; there are {known}{hint}{nearest(space, tables)}")
    sets = tables[space]
    wanted = data or (PREFERRED if PREFERRED in sets else min(sets))
    if wanted not in sets:
        raise UnknownNameError(
            f"No benchmark table of {space!r} on {wanted!r}; there are {known}{hint}{nearest(wanted, sets)}"
        )
    return sets[wanted]
