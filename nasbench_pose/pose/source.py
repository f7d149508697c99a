"""Data sets: a short text names one with its options, and `load` returns its splits."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from nasbench_pose.errors import DataError, InvalidFileError, pick
from nasbench_pose.pose import annotations, crop, lspet, photograph, synthetic
from nasbench_pose.pose.archives import ARCHIVES
from nasbench_pose.pose.cache import Reading, cached, default_folder
from nasbench_pose.pose.people import Splits
from nasbench_pose.pose.splits import SPLITS

_ALL = 10**9  # no limit
SMALLEST, LARGEST = 8, 2048
"""Limits of the height and width of cropped images, in pixels."""


@dataclass(frozen=True, slots=True)
class Source:
    """A data set and its options.

    >>> Source.parse("synthetic:seed=1,train=4000").text, Source.parse("lspet:/data,skip_bad=1,val=9").text
    ('synthetic:seed=1', 'lspet:/data,val=9')
    >>> Source.parse("coco:/hands,train=hands.json,train=500").text
    'coco:/hands,train=500,train=hands.json'
    """

    kind: str
    place: Path | None
    """Its folder or label file; None if nothing is read from disk."""
    options: Mapping[str, int]
    """All numeric options of the kind."""
    words: Mapping[str, str] = field(default_factory=dict)
    """The text options, such as names of files."""

    @property
    def text(self) -> str:
        """The canonical text: the options that differ from their default, in the kind's order.

        It omits `skip_bad`, which does not change the usable people. Without a `place` it also omits `words`: then the
        digests of a protocol identify the data.
        """
        defaults = {name: value for name, value in KINDS[self.kind].options.items() if name != "skip_bad"}
        changed = [f"{name}={self.options[name]}" for name in defaults if self.options[name] != defaults[name]]
        if self.place:
            place = f"{'./' * bool(_OPTION.match(str(self.place)))}{self.place}"
            changed = [place, *changed, *(f"{name}={value}" for name, value in self.words.items())]
        rest = ",".join(changed)
        return f"{self.kind}:{rest}" if rest else self.kind

    def limited(self, split: str) -> bool:
        """Return whether the user has limited the number of people of a split."""
        return self.options[split] != KINDS[self.kind].options[split]

    @classmethod
    def parse(cls, text: str) -> "Source":
        """Parse `kind`, `kind:option=number,…` or `kind:/folder,option=value,…`.

        The name of an existing folder may have commas and equals signs. Raises UnknownNameError for an unknown kind or
        option, InvalidFileError for a missing folder or an invalid value.

        >>> Source.parse("synthetic:sede=1")
        Traceback (most recent call last):
            ...
        nasbench_pose.errors.UnknownNameError: No option of synthetic named 'sede'; known: seed, test, train, val. \
Did you mean 'seed'?
        """
        name, _, rest = text.strip().partition(":")
        kind = pick("data set", name, KINDS)
        place, parts = _divided(rest) if kind.reads_folder else (None, rest.split(",") if rest else [])
        if kind.reads_folder and not place:
            raise InvalidFileError(f"{text!r} does not say where {name} is; expected '{name}:/folder/of/the/archive'.")
        given = [_option(name, part, kind) for part in parts]
        numbers = {option: value for option, value in given if isinstance(value, int)}
        words = {option: value for option, value in sorted(given, key=str) if isinstance(value, str)}
        return cls(name, Path(place).expanduser() if place else None, {**kind.options, **numbers}, words)


@dataclass(frozen=True, slots=True)
class Kind:
    """How data sets of one kind are loaded; `KINDS` has an entry for each kind."""

    options: Mapping[str, int]
    """Name -> default."""
    reads_folder: bool
    read: Callable[[Source, tuple[int, int]], Reading]
    """Return the photographs that are needed, and a function that makes train, val and test of (height, width)."""
    fingerprint: Callable[[Source], str]
    """Return a text that changes if the same source gives different people; photographs are checked separately."""
    words: tuple[str, ...] = ()
    """Options with a text value; an option that is also in `options` accepts numbers, too."""


def is_complete(source: str) -> bool:
    """Return whether `source` is sufficient for `load`: a data set that is read from disk needs its folder.

    >>> is_complete("synthetic"), is_complete("lspet"), is_complete("lspet:/data/lspet")
    (True, False, True)
    """
    name, _, rest = source.strip().partition(":")
    return not pick("data set", name, KINDS).reads_folder or _divided(rest)[0] is not None


def example(source: str) -> str:
    """Return `source` completed with a placeholder for a missing folder, for messages.

    >>> example("lspet"), example("lspet:train=2000"), example("synthetic:train=8")
    ('lspet:/folder', 'lspet:/folder,train=2000', 'synthetic:train=8')
    """
    if is_complete(source):
        return source
    name, _, options = source.partition(":")
    return f"{name}:/folder{',' * bool(options)}{options}"


def load(source: str, *, size: tuple[int, int] = (64, 64), cache: Path | None = None) -> Splits:
    """Return the splits of `source` with images of `size` (height, width).

    - `synthetic`, `synthetic:train=4000,val=1000,test=1000,seed=0`: drawn people;
    - `lspet:/folder`, `lspet:/folder,train=2000,skip_bad=1`: Leeds Sports Pose Extended;
    - `coco:/folder`, `mpii:/folder`: COCO keypoints and MPII, with the same options; also any file of labels in their
      formats, `coco:/folder,train=file.json,images=folder` or `coco:/folder/file.json`; and for custom skeletons
      `skeleton=file.toml` and `category=name`.

    The result is cached in the folder `cache` (default: `$NASBENCH_POSE_CACHE` or `~/.cache/nasbench-pose`), unless
    that folder is not writable. Raises UnknownNameError for an unknown data set or option, InvalidFileError for an
    invalid text, and DataError for missing or invalid files.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     splits = load("synthetic:train=2,val=1,test=1", size=(32, 32), cache=Path(folder))
    >>> splits.train.images.shape, splits.source
    ((2, 32, 32, 3), 'synthetic:train=2,val=1,test=1')
    """
    if not SMALLEST <= min(size) <= max(size) <= LARGEST:
        raise InvalidFileError(
            f"Images of people cannot be {size[0]} x {size[1]} pixels; height and width are {SMALLEST} to {LARGEST}."
        )
    parsed = Source.parse(source)
    kind = KINDS[parsed.kind]
    place = parsed.place.resolve() if parsed.place else None
    key = f"{replace(parsed, place=place).text} {dict(parsed.options)} {size} {kind.fingerprint(parsed)}"
    train, val, test = cached(cache or default_folder(), key, lambda: kind.read(parsed, size))
    return Splits(train, val, test, parsed.text)


_OPTION = re.compile(r"\s*[A-Za-z_]+\s*=")


def _divided(rest: str) -> tuple[str | None, list[str]]:
    """Return the folder of `/folder,option=value,…`, if there is one, and the options.

    The name of an existing folder may have commas. A part that does not look like an option belongs to the one before.
    """
    parts = rest.split(",")
    if not rest or _OPTION.match(parts[0]):
        return None, [part for part in parts if part]
    cuts = [n for n in range(1, len(parts) + 1) if Path(",".join(parts[:n])).expanduser().exists()]
    fitting = [n for n in cuts if n == len(parts) or _OPTION.match(parts[n])]
    end = (fitting or cuts or [next((n for n in range(1, len(parts)) if _OPTION.match(parts[n])), len(parts))])[0]
    options: list[str] = []
    for part in parts[end:]:
        if options and not _OPTION.match(part):
            options[-1] += f",{part}"
        else:
            options.append(part)
    return ",".join(parts[:end]), options


def _option(name: str, part: str, kind: Kind) -> tuple[str, int | str]:
    option, _, value = part.partition("=")
    option, value = option.strip(), value.strip()
    pick(f"option of {name}", option, dict.fromkeys([*kind.options, *kind.words]))
    if option in kind.options and value.isdecimal():
        return option, int(value)
    if option in kind.words and value and not _NUMBER.fullmatch(value):
        return option, value
    number = "number, a whole number that is not negative" if option in kind.options else ""
    text = "text" if option in kind.words else ""
    expected = f" or {option}=".join(filter(None, [number, text]))
    raise InvalidFileError(f"{part!r} must be of the form {option}={expected}.")


_NUMBER = re.compile(r"[-+]?[0-9.]+")


def _synthetic(source: Source, size: tuple[int, int]) -> Reading:
    """Each split has its own random stream, so the size of train does not change val and test."""
    seed = source.options["seed"]
    counts = enumerate(source.options[split] for split in SPLITS)
    make = lambda: [synthetic.generate(count, seed=seed, stream=stream, size=size) for stream, count in counts]  # noqa: E731
    return Reading((), make)


def _lspet(source: Source, size: tuple[int, int]) -> Reading:
    place, limits = source.place or Path(), (source.options["train"], source.options["val"], source.options["test"])
    skip_bad = bool(source.options["skip_bad"])
    return Reading(
        lspet.photographs(place, limits), lambda: lspet.load(place, size=size, limits=limits, skip_bad=skip_bad)
    )


def _cut_out(source: Source, size: tuple[int, int]) -> Reading:
    skip_bad = bool(source.options["skip_bad"])
    found = ARCHIVES[source.kind].read(source.place or Path(), skip_bad, source.words)
    groups = annotations.first(found, [source.options[split] for split in SPLITS])
    photographs = [file for group in groups for file in group.files]
    return Reading(photographs, lambda: [annotations.cut(group, size, skip_bad) for group in groups])


def _fingerprint(source: Source) -> str:
    """Return the versions of readers and cropping, the locations of the files, and the hashes of the label files."""
    archive = ARCHIVES[source.kind]
    layout = archive.layout(source.place or Path(), source.words)
    contents = [(file.name, _content(file)) for file in layout.files]
    return f"{archive.version} {photograph.VERSION} {crop.VERSION} {layout} {contents}"


def _content(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error.strerror}).") from None


def _archive(read: Callable[[Source, tuple[int, int]], Reading], words: tuple[str, ...] = ()) -> Kind:
    options = {"train": _ALL, "val": _ALL, "test": _ALL, "skip_bad": 0}
    return Kind(options, reads_folder=True, read=read, fingerprint=_fingerprint, words=words)


KINDS: Mapping[str, Kind] = {
    "synthetic": Kind(
        {"train": 4000, "val": 1000, "test": 1000, "seed": 0},
        reads_folder=False,
        read=_synthetic,
        fingerprint=lambda _: f"{synthetic.VERSION}",
    ),
    "lspet": _archive(_lspet),
    "coco": _archive(_cut_out, (*SPLITS, "images", "skeleton", "category")),
    "mpii": _archive(_cut_out, (*SPLITS, "images")),
}
"""The kinds of data sets by name."""
