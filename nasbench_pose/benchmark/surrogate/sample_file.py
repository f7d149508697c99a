"""The file of a sample: trainings of some networks of a space that is too large for a table."""

from pathlib import Path

from nasbench_pose.benchmark.described_csv import Columns
from nasbench_pose.benchmark.rows import TableFile, table_row
from nasbench_pose.errors import UnknownNameError, nearest
from nasbench_pose.evaluators import Trial
from nasbench_pose.files import folder

PREFIX = "sample_"
"""`results/sample_<space>_<data>.csv` is a sample."""

BY_COST = "cost"
"""`drawn_by` of networks that were drawn evenly over cost; others were found by the strategy that it names."""

DRAWN_BY = {"type": "text", "meaning": "cost: drawn evenly over MACs; else the strategy whose searches found it"}


class SampleFile(TableFile):
    """A sample of a space: a benchmark table with the column `drawn_by`."""

    __slots__ = ()
    WHAT = "sample of trainings"
    WRITTEN_BY = "benchmark sample"
    FILLED = ("seconds", "drawn_by")
    MARK = "drawn_by"

    @property
    def columns(self) -> Columns:
        """Those of a table, and `drawn_by` after the seed."""
        known = dict(super().columns)
        drawn_by = known.pop("drawn_by", DRAWN_BY)
        return {name: known.pop(name) for name in ("genotype", "seed")} | {"drawn_by": drawn_by} | known

    def append_drawn(self, trial: Trial, drawn_by: str) -> None:
        """Append a trial and how its genotype was drawn; `begin` must have been called."""
        found = table_row(trial) | {"drawn_by": drawn_by}
        self.lines.append([[found.get(name, "") for name in self.columns]])


def sample_of(name: str, data: str | None) -> Path:
    """Return the sample of a space that comes with the package, by the name of the space; raise UnknownNameError."""
    known: dict[str, dict[str, Path]] = {}
    for path in sorted(folder("results").glob(f"{PREFIX}*.csv")):
        space, _, people = path.stem.removeprefix(PREFIX).rpartition("_")
        known.setdefault(space, {})[people] = path
    found = known.get(name, {})
    if not found or (data is not None and data not in found):
        there = ", ".join(f"{space} ({', '.join(sets)})" for space, sets in known.items()) or "none"
        raise UnknownNameError(
            f"No sample of trainings of {name!r}{f' on {data!r}' if data else ''}; there are {there}; or the path of a "
            f".csv file that `nasbench-pose benchmark sample` made.{nearest(name, known)}"
        )
    return found[data or next(iter(found))]
