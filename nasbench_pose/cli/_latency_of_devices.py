"""`nasbench-pose latency contribute`: a device file of this machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pose.devices.contribute import contribute, possible_settings
from nasbench_pose.devices.file import DeviceFile, DeviceRows
from nasbench_pose.devices.setting import Setting

if TYPE_CHECKING:
    from nasbench_pose.spaces import SearchSpace


def measure_space(out: Path, space: "SearchSpace", settings: str | None, **how: Any) -> str:
    """Measure what the file does not have yet, and return a line for each setting.

    `settings` are their texts, separated by commas; None: all that run here. `how` is passed to `contribute`.
    """
    named = None if settings is None else [Setting.parse(each.strip()) for each in settings.split(",")]
    asked = list(dict.fromkeys(possible_settings() if named is None else named))
    contribute(DeviceRows(out), space, asked, **how)
    file, lines = DeviceFile.load(out), list[str]()
    for setting in asked:
        rows = file.measured(space, setting.text)
        least, most, drift = rows["latency_ms"].min(), rows["latency_ms"].max(), rows["reference_drift"].abs().max()
        lines.append(f"{setting.text}: {len(rows)} networks, {least:.3g} to {most:.3g} ms; drift at most {drift:.0%}")
    return "\n".join([*lines, f"{out}, {out.with_suffix('.toml').name}: use them as latency_ms@{out}"])
