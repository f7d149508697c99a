"""Where people come from: a short text names a data set, `load` returns its splits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nasbench_pose.errors import InvalidFileError, pick
from nasbench_pose.pose import annotations, lspet, synthetic
from nasbench_pose.pose.archives import ARCHIVES
from nasbench_pose.pose.cache import cached, default_folder
from nasbench_pose.pose.people import People, Splits
from nasbench_pose.pose.splits import SPLITS

_ALL = 10**9  # no limit
SMALLEST, LARGEST = 8, 2048
"""Pixels of a side of an image that people are cut to."""


@dataclass(frozen=True, slots=True)
class Source:
    """A data set and its options.

    >>> Source.parse("synthetic:seed=1,train=4000").text, Source.parse("lspet:/data,skip_bad=1,val=9").text
    ('synthetic:seed=1', 'lspet:/data,val=9')
    """

    kind: str
    place: Path | None
    """The folder it is read from; None where nothing is read."""
    options: Mapping[str, int]
    """Every option of the kind."""

    @property
    def text(self) -> str:
        """The canonical spelling: only options that differ from the default, in the kind's order.

        Without `skip_bad`, which says what to do with whom nobody can use, not who there is.
        """
        defaults = {name: value for name, value in KINDS[self.kind].options.items() if name != "skip_bad"}
        changed = [f"{name}={self.options[name]}" for name in defaults if self.options[name] != defaults[name]]
        rest = ",".join(([str(self.place)] if self.place else []) + changed)
        return f"{self.kind}:{rest}" if rest else self.kind

    @classmethod
    def parse(cls, text: str) -> "Source":
        """Read `kind`, `kind:option=number,…` or `kind:/folder,option=number,…`; errors say what is known.

        >>> Source.parse("synthetic:sede=1")
        Traceback (most recent call last):
            ...
        nasbench_pose.errors.UnknownNameError: No option of synthetic named 'sede'; known: seed, test, train, val. \
Did you mean 'seed'?
        """
        name, _, rest = text.strip().partition(":")
        kind = pick("data set", name, KINDS)
        place = _place(rest) if kind.reads_folder else None
        if kind.reads_folder and not place:
            raise InvalidFileError(f"{text!r} does not say where {name} is; expected '{name}:/folder/of/the/archive'.")
        parts = rest.split(",")[1 if place else 0 :] if rest else []
        given = dict(_option(name, part, kind.options) for part in parts)
        return cls(name, Path(place).expanduser() if place else None, {**kind.options, **given})


@dataclass(frozen=True, slots=True)
class Kind:
    """How one sort of data set is loaded. Another one is another entry of `KINDS`."""

    options: Mapping[str, int]
    """Name -> default."""
    reads_folder: bool
    load: Callable[[Source, tuple[int, int]], list[People]]
    """Return train, val and test, with images of that (height, width)."""
    fingerprint: Callable[[Source], str]
    """Return a text that changes when the same source would load other arrays."""


def located(source: str) -> bool:
    """Say whether `source` tells all that `load` needs: of data sets that are read, also the folder.

    >>> located("synthetic"), located("lspet"), located("lspet:/data/lspet")
    (True, False, True)
    """
    name, _, rest = source.strip().partition(":")
    return not pick("data set", name, KINDS).reads_folder or _place(rest) is not None


def example(source: str) -> str:
    """Return how `source` is to be given, with a folder where one is read.

    >>> example("lspet"), example("lspet:train=2000"), example("synthetic:train=8")
    ('lspet:/folder', 'lspet:/folder,train=2000', 'synthetic:train=8')
    """
    if located(source):
        return source
    name, _, options = source.partition(":")
    return f"{name}:/folder{',' * bool(options)}{options}"


def load(source: str, *, size: tuple[int, int] = (64, 64), cache: Path | None = None) -> Splits:
    """Return the splits of `source` with images of `size` (height, width).

    - `synthetic`, `synthetic:train=4000,val=1000,test=1000,seed=0`: drawn people;
    - `lspet:/folder`, `lspet:/folder,train=2000,skip_bad=1`: Leeds Sports Pose Extended;
    - `coco:/folder`, `mpii:/folder`: COCO keypoints and MPII, with the same options.

    What was loaded is kept in the folder `cache` (default: `$NASBENCH_POSE_CACHE` or `~/.cache/nasbench-pose`); where
    that cannot be written it is loaded anew each time. Raises UnknownNameError for an unknown data set or option,
    InvalidFileError for a text that cannot be read, and DataError for what is wrong with files.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     splits = load("synthetic:train=2,val=1,test=1", size=(32, 32), cache=Path(folder))
    >>> splits.train.images.shape, splits.source
    ((2, 32, 32, 3), 'synthetic:train=2,val=1,test=1')
    """
    if not SMALLEST <= min(size) <= max(size) <= LARGEST:
        raise InvalidFileError(
            f"Images of people cannot be {size[0]} x {size[1]} pixels; {SMALLEST} is the least, {LARGEST} the most."
        )
    parsed = Source.parse(source)
    kind = KINDS[parsed.kind]
    key = f"{parsed.text} {dict(parsed.options)} {size} {kind.fingerprint(parsed)}"
    train, val, test = cached(cache or default_folder(), key, lambda: kind.load(parsed, size))
    return Splits(train, val, test, parsed.text)


def _place(rest: str) -> str | None:
    """Return the folder of `/folder,option=number,…`, if there is one."""
    first = rest.partition(",")[0]
    return first if first and "=" not in first else None


def _option(kind: str, part: str, known: Mapping[str, int]) -> tuple[str, int]:
    name, _, value = (word.strip() for word in part.partition("="))
    pick(f"option of {kind}", name, known)
    if not value.isdecimal():
        raise InvalidFileError(f"{part!r} must be of the form {name}=number, a whole number that is not negative.")
    return name, int(value)


def _synthetic(source: Source, size: tuple[int, int]) -> list[People]:
    """Each split is a stream of its own: a longer train set leaves val and test as they are."""
    seed = source.options["seed"]
    counts = [source.options[split] for split in ("train", "val", "test")]
    return [synthetic.generate(count, seed=seed, stream=stream, size=size) for stream, count in enumerate(counts)]


def _lspet(source: Source, size: tuple[int, int]) -> list[People]:
    limits = (source.options["train"], source.options["val"], source.options["test"])
    return lspet.load(source.place or Path(), size=size, limits=limits, skip_bad=bool(source.options["skip_bad"]))


def _cut_out(source: Source, size: tuple[int, int]) -> list[People]:
    skip_bad = bool(source.options["skip_bad"])
    found = ARCHIVES[source.kind].read(source.place or Path(), skip_bad)
    limits = [source.options[split] for split in SPLITS]
    return annotations.load(found, size=size, limits=limits, skip_bad=skip_bad)


def _archive(load: Callable[[Source, tuple[int, int]], list[People]]) -> Kind:
    return Kind(
        {"train": _ALL, "val": _ALL, "test": _ALL, "skip_bad": 0},
        reads_folder=True,
        load=load,
        fingerprint=lambda source: ARCHIVES[source.kind].fingerprint(source.place or Path()),
    )


KINDS: Mapping[str, Kind] = {
    "synthetic": Kind(
        {"train": 4000, "val": 1000, "test": 1000, "seed": 0},
        reads_folder=False,
        load=_synthetic,
        fingerprint=lambda _: f"{synthetic.VERSION}",
    ),
    "lspet": _archive(_lspet),
    "coco": _archive(_cut_out),
    "mpii": _archive(_cut_out),
}
"""Every sort of data set by its name."""
