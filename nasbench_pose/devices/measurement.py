"""The measurement `device:NAME`: latencies that are looked up in a device file."""

from dataclasses import dataclass
from typing import Self

from nasbench_pose.devices.evaluator import DeviceEvaluator
from nasbench_pose.devices.file import DeviceFile, shipped
from nasbench_pose.devices.setting import split_argument
from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.evaluators.measurement import MeasurementInfo, MeasurementOptions
from nasbench_pose.spaces import SearchSpace


@dataclass(frozen=True)
class DeviceLatency:
    """Look up latency and memory of the genotypes of a space on a device; call it to get the evaluator."""

    space: SearchSpace
    device: str
    """Name of a built-in device file, or the path of one."""
    setting: str = ""

    @classmethod
    def from_options(cls, options: MeasurementOptions) -> "DeviceLatency":
        """Return the look-up in the file that the argument names; raise NasbenchPoseError for another image size."""
        if not options.argument:
            known = ", ".join(shipped()) or "a .csv file of `nasbench-pose latency contribute`"
            raise NasbenchPoseError(f"Which device? Write device:NAME; there are {known}.")
        found = cls(options.space, *split_argument(options.argument))
        return found if options.input is None else found.at(options.input, options.space.joints)

    def at(self, input: tuple[int, int], joints: int) -> Self:  # noqa: ARG002 - joints hardly change a latency
        """Return the measurement; raise NasbenchPoseError for networks that are trained on images of another size."""
        if input != (measured := self().file.input(self.space)):
            here, asked = ("×".join(map(str, size)) for size in (measured, input))
            raise NasbenchPoseError(
                f"{self.device} has the latencies of {self.space.name} at {here}, and its networks are measured at "
                f"{asked} here: measure them on this machine by adding +latency to --evaluator, or make a file with "
                f"`nasbench-pose latency contribute {self.space.name} --input {input[0]}x{input[1]}`."
            )
        return self

    def __call__(self) -> DeviceEvaluator:
        """Load the file; raises the errors of `DeviceFile.load` and `DeviceFile.measured`."""
        made = DeviceEvaluator(DeviceFile.load(self.device), self.space, self.setting)
        made.known  # noqa: B018 - raises now for a space that was not measured
        return made

    def describe(self, evaluator: DeviceEvaluator) -> MeasurementInfo:
        """Return the properties of the measurement."""
        return MeasurementInfo(
            title=evaluator.title,
            plane="looked up",
            input=evaluator.file.input(self.space),
            joints=self.space.joints,
            metrics=tuple(str(name) for name in evaluator.known if evaluator.known[name].notna().all()),
            fidelity="results",
            immediate=True,
            known=evaluator.known,
        )
