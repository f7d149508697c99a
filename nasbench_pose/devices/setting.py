"""The ways a network runs on a device, and how a metric names one: `latency_ms@DEVICE/SETTING`."""

import re
from dataclasses import dataclass

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.latency.protocol import LIBRARIES, LatencyProtocol

_TEXT = re.compile(rf"({'|'.join(LIBRARIES)})-([1-9]\d*)(?:-([a-z]+\d+))?")


@dataclass(frozen=True, slots=True)
class Setting:
    """An engine, its threads and its precision.

    >>> Setting.parse("onnxruntime-2-int8")
    Setting(engine='onnxruntime', threads=2, precision='int8')
    >>> Setting("torch").text, Setting("onnxruntime", 2).title
    ('torch-1', 'onnxruntime, 2 threads')
    """

    engine: str
    threads: int = 1
    precision: str = "fp32"

    @property
    def text(self) -> str:
        """The text that `parse` reads back."""
        return f"{self.engine}-{self.threads}{f'-{self.precision}' * (self.precision != 'fp32')}"

    @property
    def title(self) -> str:
        """The setting in words."""
        threads = f"{self.threads} thread{'s' * (self.threads > 1)}"
        return f"{self.engine}, {threads}{f', {self.precision}' * (self.precision != 'fp32')}"

    @classmethod
    def parse(cls, text: str) -> "Setting":
        """Parse `ENGINE-THREADS` or `ENGINE-THREADS-PRECISION`; raise InvalidFileError for another form.

        >>> Setting.parse("tensorrt-1")
        Traceback (most recent call last):
            ...
        nasbench_pose.errors.InvalidFileError: 'tensorrt-1' is no setting of a device; expected ENGINE-THREADS...
        """
        match = _TEXT.fullmatch(text)
        if match is None:
            raise InvalidFileError(
                f"{text!r} is no setting of a device; expected ENGINE-THREADS, such as torch-1, or "
                f"ENGINE-THREADS-PRECISION, such as onnxruntime-1-int8; engines: {', '.join(LIBRARIES)}."
            )
        return cls(match[1], int(match[2]), match[3] or "fp32")


def title_on(device: str, how: LatencyProtocol) -> str:
    """Return the title of latencies on a device.

    >>> from nasbench_pose.latency import this_machine
    >>> title_on("phone", LatencyProtocol(this_machine("numpy"), (64, 64), 14, "onnxruntime", 2))
    'latency on phone (onnxruntime, 2 threads)'
    """
    return f"latency on {device} ({Setting(how.engine, how.threads, how.precision).title})"


def split_argument(text: str) -> tuple[str, str]:
    """Split `DEVICE/SETTING` into its parts; the setting is "" if there is none.

    >>> split_argument("./phone.csv/torch-2"), split_argument("phone")
    (('./phone.csv', 'torch-2'), ('phone', ''))
    """
    device, slash, setting = text.rpartition("/")
    return (device, setting) if slash and _TEXT.fullmatch(setting) else (text, "")
