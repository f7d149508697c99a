"""The training protocol: everything that determines an accuracy except network and seed.

Accuracies of two protocols cannot be compared, so they never share an axis.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from nasbench_pose.errors import DataError, InvalidFileError, nearest
from nasbench_pose.hashing import canonical_json, short_sha256
from nasbench_pose.pose.augmentation import HRNET_COCO, HRNET_MPII, Augmentation
from nasbench_pose.pose.people import Splits
from nasbench_pose.pose.photographs import StreamedSplits
from nasbench_pose.pose.skeleton import PCKH
from nasbench_pose.pose.source import Source

VERSION = 1
"""Incremented when a change of the code changes the accuracy of the same protocol, genotype and seed."""

MIRROR = Augmentation(flip=0.5, rotation_deg=0, scale=0, translate=0, colour=0)
"""Horizontal flips only: a short training hardly sees an image twice."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """Everything that determines an accuracy except the network and the seed.

    >>> brief = replace(PROTOCOLS["default"], steps=100)
    >>> brief.key == PROTOCOLS["default"].key, Protocol.parse(brief.text) == brief
    (False, True)
    >>> brief.title
    'synthetic people 64×64, 100 steps of 16, PCKh@0.5'
    """

    data: str = "synthetic"
    """The argument of `pose.source.load`, without the folder."""
    digests: tuple[str, ...] = ()
    """Digests of the loaded splits train, val and test. Empty before `with_data`."""
    input: tuple[int, int] = (64, 64)
    """Height and width of the images in pixels."""
    stride: int = 4
    """Input pixels per heat-map pixel."""
    steps: int = 600
    """Batches in a full training: the unit of fidelity. The schedule of a shorter training is scaled to its steps."""
    batch: int = 16
    optimizer: str = "adamw"
    learning_rate: float = 1e-2
    """The maximum of the schedule."""
    schedule: str = "one_cycle"
    weight_decay: float = 1e-2
    augmentation: Augmentation = MIRROR
    loss: str = "spatial_cross_entropy"
    sigma: float = 1.0
    """Standard deviation of the target Gaussians, heat-map pixels."""
    decoder: str = "quarter"
    flip_test: bool = True
    average: float = 0.0
    """Decay per step of the moving average of the weights; 0: the last weights are measured."""
    metric: str = "PCKh@0.5"
    seeds: str = "one seed draws the weights, the batches and the augmentation"
    version: int = VERSION
    photographs: bool = False
    """Whether each step cuts its crops from the photographs and changes them there, as HRNet's code does; otherwise
    crops are held in memory, and changed there."""
    alignment: str = "centre"
    """Where pixel u of a heat map is in the input. `centre`, the convention of this package: the centre of the pixels
    that it covers, 4u + 1.5 for a stride of 4. `corner`, that of HRNet's code: 4u, with a shift by one pixel in the
    flip test, targets at whole pixels, and black pixels outside the photograph."""
    device: str = "cpu"
    """The kind of device that trains and measures, such as `cuda`: bits and seconds of two kinds differ.

    A number of a device (`cuda:1`) is not part of the text."""
    precision: str = "fp32"
    """What networks multiply in: fp32, bf16 or fp16; weights and losses stay in 32 bits."""
    accumulate: int = 1
    """Parts that a batch is divided into to save memory; batch normalisation sees a part at a time.

    The losses of parts are weighted by their people, as those of processes are in most public code. A loss that is the
    mean over labelled joints (cross-entropy) is that of the whole batch only if all people have as many labels."""
    clip: float = 0.0
    """Largest norm of the gradient of a step; longer ones are scaled to it. 0: no limit."""
    init: str = ""
    """Digest of the weights that a training starts from; empty: all are drawn."""
    warm_up: int = 0
    """Steps in which the learning rate grows linearly to that of the schedule."""
    processes: int = 1
    """Processes that train together, each on its part of every batch; batch normalisation sees a part, without
    `sync_batch_norm`."""
    teacher: str = ""
    """Digest of the network whose heat maps are learnt beside the labels; empty: none."""
    teacher_share: float = 0.5
    """α, the share of the loss that is of the teacher's maps."""
    compile: bool = False
    """Whether `torch.compile` makes kernels of the network for its training. Their sums have another order."""
    sync_batch_norm: bool = False
    """Whether batch normalisation sees the parts of all processes, which exchange sums in each layer; on CUDA only."""
    zero_init_residual: bool = False
    """Whether residual branches begin as zero: deep networks learn in far fewer steps."""

    @property
    def text(self) -> str:
        """The protocol as canonical JSON, its fields in alphabetical order.

        Fields that were added later are left out at their defaults, so older protocols keep their keys.
        """
        fields = asdict(self) | {"augmentation": self.augmentation.non_default_settings}
        fields["device"] = self.device.partition(":")[0]
        return canonical_json(_plain({name: value for name, value in fields.items() if _ADDED.get(name) != value}))

    @property
    def text_here(self) -> str:
        """The text with the number of the device, for whoever trains on the same device of this machine."""
        return canonical_json({**json.loads(self.text), **({"device": self.device} if ":" in self.device else {})})

    @property
    def key(self) -> str:
        """The first sixteen hex digits of the SHA-256 of `text`."""
        return short_sha256(self.text)

    @property
    def title(self) -> str:
        """The protocol in a few words, for figures and tables."""
        names = {"synthetic": "synthetic people", "lspet": "LSPET", "coco": "COCO", "mpii": "MPII"}
        own = "joints of one's own" if self.metric != PCKH else ""  # in COCO's format, but not COCO
        return self.titled(own or names.get(self.data.partition(":")[0], self.data))

    def titled(self, people: str) -> str:
        """Return the title with that name of the people."""
        height, width = self.input
        computed = [part for part in (self.device.partition(":")[0], self.precision) if part not in _ADDED.values()]
        where = f", {' '.join(computed)}" if computed else ""
        return f"{people} {height}×{width}, {self.steps} steps of {self.batch}, {self.metric}{where}"

    @property
    def map_size(self) -> tuple[int, int]:
        """Height and width of the heat maps."""
        return self.input[0] // self.stride, self.input[1] // self.stride

    @property
    def normalised_together(self) -> int:
        """The number of people that a batch normalisation sees at a time."""
        return self.batch // (self.accumulate * (1 if self.sync_batch_norm else self.processes))

    def with_data(self, splits: Splits | StreamedSplits) -> "Protocol":
        """Return the protocol with the data, digests and metric of `splits`; raise DataError if it names others."""
        digests = tuple(people.digest for people in (splits.train, splits.val, splits.test))
        if self.digests not in ((), digests):
            raise DataError(f"The protocol was made with the data {self.digests}, but {splits.source} is {digests}.")
        if splits.train.size != self.input:
            raise DataError(f"The protocol's images are {self.input}, those of {splits.source} {splits.train.size}.")
        data, metric = replace(Source.parse(splits.source), place=None).text, splits.train.skeleton.metric
        return replace(self, data=data, digests=digests, metric=metric)

    @classmethod
    def parse(cls, text: str) -> "Protocol":
        """Parse `text`; raise InvalidFileError, which names the invalid field."""
        try:
            given = json.loads(text)
        except json.JSONDecodeError as error:
            raise InvalidFileError(f"{text[:60]!r} is not the JSON of a protocol: {error}.") from None
        if not isinstance(given, dict):
            raise InvalidFileError(f"{text[:60]!r} is not a protocol; expected an object with its fields.")
        if unknown := [name for name in given if name not in cls.__slots__]:
            raise InvalidFileError(f"A protocol has no {unknown[0]!r}.{nearest(unknown[0], cls.__slots__)}")
        standard = cls()
        for name, value in given.items():
            if name != "augmentation" and not _alike(value, getattr(standard, name)):
                usual = json.dumps(getattr(standard, name))
                raise InvalidFileError(f"The protocol's {name} is {value!r}; expected a value such as {usual}.")
        lists = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
        try:
            augmentation = Augmentation(**given.get("augmentation", {}))
        except TypeError as error:
            raise InvalidFileError(f"The protocol's augmentation cannot be read: {error}.") from None
        return cls(**given | lists | {"augmentation": augmentation})


_ADDED = {
    "photographs": False, "alignment": "centre", "device": "cpu", "precision": "fp32", "accumulate": 1, "clip": 0,
    "init": "", "warm_up": 0, "processes": 1, "teacher": "", "teacher_share": 0.5, "compile": False,
    "sync_batch_norm": False, "zero_init_residual": False,
}  # fmt: skip
"""Field that was added after the first release -> the default, with which it is left out of the text."""


def _alike(value: object, standard: object) -> bool:
    """Return whether a value of JSON is of the type of a standard one; a whole number is a float, too."""
    kinds: dict[type, type | tuple[type, ...]] = {tuple: list, float: (int, float)}
    alike = isinstance(value, kinds.get(type(standard), type(standard)))
    return alike and isinstance(value, bool) == isinstance(standard, bool)


def _plain(value: object) -> object:
    """Replace whole floats by integers, recursively, so that 1 and 1.0 give the same text and key."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value


_HRNET = Protocol(
    batch=128, optimizer="adam", learning_rate=1e-3, weight_decay=0, schedule="step", loss="mse", sigma=2,
    photographs=True, alignment="corner",
)  # fmt: skip

PROTOCOLS: Mapping[str, Protocol] = {
    "default": Protocol(),
    "quick": Protocol(batch=8, steps=400),
    "photographs": Protocol(steps=800, schedule="cosine", sigma=0.7),
    "mse": Protocol(loss="mse", sigma=1.5, batch=32, steps=300),
    "hrnet-coco": replace(_HRNET, input=(256, 192), steps=210 * 1171, augmentation=HRNET_COCO),
    "hrnet-mpii": replace(_HRNET, input=(256, 256), steps=210 * 174, augmentation=HRNET_MPII),
    "efficientpose-coco": replace(
        _HRNET, input=(256, 192), steps=240 * 1171, schedule="step_coco", augmentation=HRNET_COCO
    ),
    "efficientpose-mpii": replace(
        _HRNET, batch=64, input=(256, 256), steps=200 * 348, schedule="step_mpii", augmentation=HRNET_MPII
    ),
}
"""Protocols by name. `results/recipe_study.csv` compares the small ones.

Those of HRNet are 210 epochs of the 149,813 people of COCO's train2017, or of the 22,246 of MPII's training set. Those
of EfficientPose, from its released settings, are 240 and 200 epochs.
"""
