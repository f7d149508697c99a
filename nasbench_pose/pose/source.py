"""Where people come from: a short text names a data set, `load` returns its splits."""

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
"""Pixels of a side of an image that people are cut to."""


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
    """The folder (or the file with labels) it is read from; None where nothing is read."""
    options: Mapping[str, int]
    """Every option of the kind that is a number."""
    words: Mapping[str, str] = field(default_factory=dict)
    """The options that say in words where its files are, or what they mean."""

    @property
    def text(self) -> str:
        """The canonical spelling: only options that differ from the default, in the kind's order.

        Without `skip_bad`, which says what to do with whom nobody can use, not who there is; and without a `place`
        also without `words`, for digests say who was read from there.
        """
        defaults = {name: value for name, value in KINDS[self.kind].options.items() if name != "skip_bad"}
        changed = [f"{name}={self.options[name]}" for name in defaults if self.options[name] != defaults[name]]
        if self.place:
            place = f"{'./' * bool(_OPTION.match(str(self.place)))}{self.place}"
            changed = [place, *changed, *(f"{name}={value}" for name, value in self.words.items())]
        rest = ",".join(changed)
        return f"{self.kind}:{rest}" if rest else self.kind

    @classmethod
    def parse(cls, text: str) -> "Source":
        """Read `kind`, `kind:option=number,…` or `kind:/folder,option=value,…`; errors say what is known.

        A folder may have commas and equals signs in its name if it exists.

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
    """How one sort of data set is loaded. Another one is another entry of `KINDS`."""

    options: Mapping[str, int]
    """Name -> default."""
    reads_folder: bool
    read: Callable[[Source, tuple[int, int]], Reading]
    """Say which photographs are needed, and how train, val and test with images of that (height, width) are made."""
    fingerprint: Callable[[Source], str]
    """Return a text that changes when the same source would load other people; photographs are looked at later."""
    words: tuple[str, ...] = ()
    """Options whose value is a text; those that are in `options` too may be a number or a text."""


def located(source: str) -> bool:
    """Say whether `source` tells all that `load` needs: of data sets that are read, also the folder.

    >>> located("synthetic"), located("lspet"), located("lspet:/data/lspet")
    (True, False, True)
    """
    name, _, rest = source.strip().partition(":")
    return not pick("data set", name, KINDS).reads_folder or _divided(rest)[0] is not None


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
    - `coco:/folder`, `mpii:/folder`: COCO keypoints and MPII, with the same options; also any file of labels in their
      formats, `coco:/folder,train=file.json,images=folder` or `coco:/folder/file.json`; and for skeletons of one's own
      `skeleton=file.toml` and `category=name`.

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
    place = parsed.place.resolve() if parsed.place else None
    key = f"{replace(parsed, place=place).text} {dict(parsed.options)} {size} {kind.fingerprint(parsed)}"
    train, val, test = cached(cache or default_folder(), key, lambda: kind.read(parsed, size))
    return Splits(train, val, test, parsed.text)


_OPTION = re.compile(r"\s*[A-Za-z_]+\s*=")


def _divided(rest: str) -> tuple[str | None, list[str]]:
    """Return the folder of `/folder,option=value,…`, if there is one, and the options.

    A folder that exists may have commas in its name; what does not look like an option goes on with the one before.
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
    """Each split is a stream of its own: a longer train set leaves val and test as they are."""
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
    """Return the versions of what reads and cuts, where the files are, and what those with labels hold."""
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
"""Every sort of data set by its name."""
