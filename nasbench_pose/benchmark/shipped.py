"""The benchmark tables that are included in the package."""

from pathlib import Path

from nasbench_pose.errors import UnknownNameError, nearest
from nasbench_pose.files import folder

PREFIX = "bench_"
"""`results/bench_<space>_<data>.csv` is a benchmark table."""

OWN = ".own"
"""`bench_<space>_<data>.own.csv` has the trainings on schedules of their own."""

PREFERRED = "lspet"
"""The data set of the default table: photographs, not synthetic images."""


def shipped() -> dict[str, dict[str, Path]]:
    """Return space -> data set -> file of every benchmark table in `results/`.

    >>> all(path.exists() for tables in shipped().values() for path in tables.values())
    True
    """
    found: dict[str, dict[str, Path]] = {}
    for path in sorted(folder("results").glob(f"{PREFIX}*.csv")):
        if path.stem.endswith(OWN):
            continue
        space, _, data = path.stem.removeprefix(PREFIX).rpartition("_")
        found.setdefault(space, {})[data] = path
    return found


def table_of(space: str, data: str | None) -> Path:
    """Return the table of a space on a data set; None: that on photographs if there is one.

    Raises UnknownNameError, which lists the existing tables.
    """
    tables = shipped()
    known = ", ".join(f"{name} ({', '.join(sets)})" for name, sets in tables.items()) or "none"
    hint = "; or the path of a .csv file that `nasbench-pose benchmark build` made."
    if space not in tables:
        raise UnknownNameError(f"No benchmark table of {space!r}; there are {known}{hint}{nearest(space, tables)}")
    sets = tables[space]
    chosen = str(data or (PREFERRED if PREFERRED in sets else min(sets)))
    if chosen not in sets:
        raise UnknownNameError(
            f"No benchmark table of {space!r} on {chosen!r}; there are {known}{hint}{nearest(chosen, sets)}"
        )
    return sets[chosen]
