"""Device files: a CSV file with a row for each network and setting, and the TOML file that describes the machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from nasbench_pose.benchmark.described_csv import Columns, DescribedCsv
from nasbench_pose.devices.setting import Setting
from nasbench_pose.errors import InvalidFileError, UnknownNameError, nearest
from nasbench_pose.files import folder
from nasbench_pose.hashing import short_sha256
from nasbench_pose.latency import LatencyProtocol
from nasbench_pose.metrics import BUILT_IN
from nasbench_pose.spaces import SearchSpace

MEASURED = ("latency_ms", "latency_ms_p95", "peak_memory_bytes")
"""The metrics that a comparison can use, as `latency_ms@DEVICE`."""
METRICS = (
    "latency_ms", "latency_ms_q1", "latency_ms_q3", "latency_ms_p95", "latency_ratio", "reference_ms",
    "reference_drift", "peak_memory_bytes",
)  # fmt: skip
COLUMNS: Columns = {
    "space": {"type": "text", "meaning": "the search space, which sets image size and joints"},
    "genotype": {"type": "text", "meaning": "the architecture, in full"},
    "setting": {"type": "text", "meaning": "ENGINE-THREADS, and -PRECISION if it is not fp32"},
    **{
        name: {"type": "integer" if BUILT_IN[name].whole else "number"}
        | ({"unit": BUILT_IN[name].stored} if BUILT_IN[name].stored else {})
        | {"meaning": BUILT_IN[name].meaning}
        for name in METRICS
    },
}


class DeviceRows(DescribedCsv):
    """The two files of a device."""

    __slots__ = ()
    WHAT = "device file"
    WRITTEN_BY = "latency contribute"
    NEEDED = ("title", "machine", "spaces", "protocols", "sha256")
    KEY = ("space", "genotype", "setting")
    FILLED = ("latency_ms",)

    @property
    def columns(self) -> Columns:
        """Those of every device file."""
        return COLUMNS

    def description(self) -> dict[str, Any]:
        """Return that of `DescribedCsv`; raise InvalidFileError also for spaces or protocols that are no tables."""
        found = super().description()
        if wrong := [key for key in ("spaces", "protocols") if not isinstance(found[key], dict)]:
            raise InvalidFileError(f"{self.about}: {wrong[0]} is {found[wrong[0]]!r}; expected a table [{wrong[0]}].")
        return found


@dataclass(frozen=True, eq=False, repr=False)
class DeviceFile:
    """Latency and peak memory of networks on one machine, looked up.

    >>> DeviceFile.load("my-phone")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.UnknownNameError: No device file 'my-phone'; ...
    """

    name: str
    """Name or path, as `load` was given it."""
    rows: pd.DataFrame
    """One row for each space, network and setting, with the columns COLUMNS."""
    about: Mapping[str, Any]
    """The contents of the TOML file."""

    @classmethod
    def load(cls, name: str | Path) -> "DeviceFile":
        """Return the built-in file of that name, or a file of your own by the path of its .csv file.

        Raises UnknownNameError for a file that does not exist, InvalidFileError for one that was edited, or has a
        network twice, a value that no latency can have, or a median that is not between its quartiles.
        """
        known = shipped()
        if str(name) not in known and not str(name).endswith(".csv"):
            raise UnknownNameError(
                f"No device file {str(name)!r}; there are {', '.join(known) or 'none built in'}; or the path of a .csv "
                f"file that `nasbench-pose latency contribute` made.{nearest(str(name), known)}"
            )
        rows, about = DeviceRows(known.get(str(name), Path(name))).unedited()
        if (odd := rows[["latency_ms_q1", "latency_ms", "latency_ms_q3"]].diff(axis=1).lt(0).any(axis=1)).any():
            at = rows[odd].iloc[0]
            raise InvalidFileError(
                f"{name}: the median of {at['genotype']} under {at['setting']}, {at['latency_ms']:g} ms, is not "
                f"between its quartiles, {at['latency_ms_q1']:g} and {at['latency_ms_q3']:g} ms: is one in "
                "another unit?"
            )
        return cls(str(name), rows, about)

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        """The settings that networks were measured with; the first is the default."""
        return tuple(map(Setting.parse, dict.fromkeys(self.rows["setting"])))

    def setting(self, text: str = "") -> Setting:
        """Return the setting of that text, "" for the default one; raise UnknownNameError if nothing was measured."""
        known = {setting.text: setting for setting in self.settings}
        if not known or (text and text not in known):
            measured = f"measured: {', '.join(known)}" if known else "nothing was measured yet"
            raise UnknownNameError(f"{self.name} has no setting {text!r}; {measured}.{nearest(text, known)}")
        return known[text] if text else self.settings[0]

    def measured(self, space: SearchSpace, setting: str = "") -> pd.DataFrame:
        """Return the rows of a space under one setting, the index is the genotype's text.

        Raises UnknownNameError for a setting or a space that was not measured, InvalidFileError for a space that has
        changed since.
        """
        asked, spaces = self.setting(setting), self.about["spaces"]
        if space.name not in spaces:
            raise UnknownNameError(
                f"{self.name} has no networks of {space.name}; it has those of {', '.join(spaces)}. "
                f"`nasbench-pose latency contribute {space.name} --out FILE.csv` measures them on this machine."
            )
        if spaces[space.name]["digest"] != space.digest:
            raise InvalidFileError(
                f"{self.name} was measured with the search space {space.name} of digest "
                f"{spaces[space.name]['digest']}; it is {space.digest} now."
            )
        rows = self.rows[(self.rows["space"] == space.name) & (self.rows["setting"] == asked.text)]
        if rows.empty:
            there = self.rows.loc[self.rows["space"] == space.name, "setting"].unique()
            raise UnknownNameError(
                f"{self.name} has no networks of {space.name} under {asked.text}; it has those under "
                f"{', '.join(there) or 'no setting yet'}. Name one of them as {self.name}/SETTING, or measure these."
            )
        return rows.set_index("genotype")[list(METRICS)]

    def input(self, space: SearchSpace) -> tuple[int, int]:
        """Return the image size (height, width) of a space's networks; raise InvalidFileError if it is none."""
        stated = self.about["spaces"][space.name].get("input")
        sides = str(stated).split("x")
        if len(sides) != 2 or not all(side.isdecimal() and int(side) for side in sides):
            raise InvalidFileError(
                f"{self.name}: the image size of {space.name} is {stated!r}; expected HEIGHTxWIDTH, such as 64x64."
            )
        return int(sides[0]), int(sides[1])

    def columns(self, space: SearchSpace, setting: str = "") -> pd.DataFrame:
        """Return what `measured` has of MEASURED, as columns `latency_ms@DEVICE`, with `/SETTING` if one is given.

        `Benchmark.with_columns` takes this frame. Raises the errors of `measured`.
        """
        where = f"{self.name}/{setting}" if setting else self.name
        return self.measured(space, setting)[list(MEASURED)].rename(columns=lambda metric: f"{metric}@{where}")

    def protocol(self, space: SearchSpace, setting: str = "") -> LatencyProtocol:
        """Return the protocol of the measurements; raise InvalidFileError if the description lacks it."""
        key = protocol_key(space, self.setting(setting))
        if key not in self.about["protocols"]:
            raise InvalidFileError(f"{self.name}: its description has no protocol of {key}.")
        return LatencyProtocol.parse(self.about["protocols"][key])

    def digest(self, space: SearchSpace, setting: str = "") -> str:
        """Return the checksum of the rows of `measured`: 16 hex digits that other spaces and settings do not change."""
        return short_sha256(self.measured(space, setting).sort_index().to_csv())

    def __repr__(self) -> str:
        settings = ", ".join(setting.text for setting in self.settings)
        return f"<DeviceFile {self.name}: {self.about['machine']}; {', '.join(self.about['spaces'])}; {settings}>"


def shipped() -> dict[str, Path]:
    """Return name -> file of the device files in `results/devices/`.

    >>> all(path.exists() for path in shipped().values())
    True
    """
    return {path.stem: path for path in sorted((folder("results") / "devices").glob("*.csv"))}


def space_entry(space: SearchSpace, input: tuple[int, int] | None = None) -> dict[str, str]:
    """Return what a description says of a space: its digest, and how its networks were measured."""
    height, width = input or space.input
    return {"digest": space.digest, "input": f"{height}x{width}", "joints": str(space.joints)}


def protocol_key(space: SearchSpace, setting: Setting) -> str:
    """Return the key of a protocol in a description."""
    return f"{space.name}/{setting.text}"
