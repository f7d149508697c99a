"""Find a genotype by its name, its text or a file."""

import re
from collections import Counter
from pathlib import Path

from nasbench_pose.errors import InvalidFileError, UnknownNameError, nearest
from nasbench_pose.files import is_file
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces.space import SearchSpace
from nasbench_pose.spaces.space_file import folded, load, named_in, names


def find(text: str) -> Genotype:
    """Return the genotype of a name, a text or a file.

    A name may have any case, and `-` equals `_`: `hrnet-w32`, or with its space `hrnet/hrnet-w32`. A text is
    `space:gene=value,…`, or for cells `space:Genotype(normal=[…], …)`. A file contains such a text. Raises
    UnknownNameError for an unknown name and for a name that several spaces have, InvalidFileError for a text that is
    not a member of its space.

    >>> find("EFFICIENTPOSE-A").space, find("darts_pose/darts_v2").space
    ('efficientpose_small', 'darts_pose')
    """
    if not isinstance(text, str):
        return as_genotype(text)
    if ":" in text:
        name, _, rest = text.partition(":")
        space = load(name.strip()) if "=" in rest else load(Genotype.parse(text).space)
        return space.validate(space.read(rest))
    if text.lstrip().startswith("Genotype("):
        raise InvalidFileError("Cells need the name of their space before them: 'darts_pose:Genotype(…)'.")
    if is_file(text) and not _called(text):
        return _from_file(Path(text))
    if text.casefold().endswith(".onnx"):
        raise UnknownNameError(f"No file {text!r}; an ONNX file is no genotype, but its cost is counted.")
    return _only(text, _called(text))


def as_genotype(genotype: object) -> Genotype:
    """Return a genotype unchanged, and the genotype that `find` returns for a text; else raise InvalidFileError.

    >>> as_genotype("hrnet-w32") == find("hrnet-w32") == as_genotype(find("hrnet-w32"))
    True
    >>> as_genotype(32)
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: 32 is no genotype; expected a Genotype, a name such as 'hrnet-w32', or a ...
    """
    if isinstance(genotype, Genotype):
        return genotype
    if isinstance(genotype, str | Path):
        return find(str(genotype))
    shown = repr(genotype)
    raise InvalidFileError(
        f"{shown if len(shown) <= 80 else type(genotype).__name__} is no genotype; expected a Genotype, a name such as "
        "'hrnet-w32', or a genotype's text."
    )


def space_of(genotype: Genotype) -> SearchSpace:
    """Return the space of a genotype: a built-in one, or one in a file of that name in the current folder."""
    return load(genotype.space)


def named_genotypes() -> dict[str, Genotype]:
    """Return every named genotype of the built-in spaces, by its name for `find`.

    A name that several spaces have is preceded by the space.

    >>> found = named_genotypes()
    >>> "EfficientPose-A" in found, "DARTS-V1" in found, "darts_cifar/DARTS-V1" in found
    (True, False, True)
    """
    every = [(name, genotype) for space in map(load, names()) for name, genotype in space.named.items()]
    times = Counter(folded(name) for name, _ in every)
    return {name if times[folded(name)] == 1 else f"{genotype.space}/{name}": genotype for name, genotype in every}


def name_of(genotype: Genotype) -> str | None:
    """Return the name of a named genotype, else None."""
    return next((name for name, other in load(genotype.space).named.items() if other == genotype), None)


def title_of(genotype: Genotype) -> str:
    """Return a genotype's name if it has one, else its space and key.

    >>> title_of(find("micro-smallest"))
    'micro-smallest'
    """
    return name_of(genotype) or f"{genotype.space} {genotype.key}"


def _is_own(space: str) -> bool:
    """Return whether the current folder has a file of a space with this name, which is not a built-in one."""
    return space not in names() and bool(re.fullmatch(r"[\w.-]+", space)) and is_file(f"{space}.toml")


def _called(text: str) -> dict[str, Genotype]:
    """Return the genotypes with this name, by `space/name`."""
    space, slash, name = text.rpartition("/")
    wanted = folded(name)
    spaces = [other for other in names() if not slash or folded(other) == folded(space)]
    if slash and _is_own(space):
        spaces = [space]
    matches = [(other, known) for other in spaces for known in named_in(other, wanted) if folded(known) == wanted]
    return {f"{other}/{known}": load(other).named[known] for other, known in matches}


def _only(text: str, called: dict[str, Genotype]) -> Genotype:
    if len(called) == 1:
        return next(iter(called.values()))
    if called:
        raise UnknownNameError(f"Several spaces have a genotype named {text!r}: {', '.join(called)}. Name one of them.")
    space, _, name = text.rpartition("/")
    known = list(load(space).named) if space in names() or _is_own(space) else list(named_genotypes())
    elsewhere = " or ".join(_called(name)) if space else ""
    raise UnknownNameError(
        f"No genotype named {text!r}; known: {_few(known)}; or a genotype's text, key or file."
        + (f" Did you mean {elsewhere}?" if elsewhere else nearest(text, known))
    )


def _few(known: list[str], most: int = 12) -> str:
    """Return the names, or, if they are too many for a line, their number and the command that lists them."""
    return ", ".join(known) if len(known) <= most else f"{len(known)} names that `nasbench-pose spaces` lists"


def _from_file(path: Path) -> Genotype:
    try:
        text = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidFileError(f"{path} cannot be read as a genotype: {error}.") from None
    if ":" not in text:
        raise InvalidFileError(f"{path} does not hold a genotype; expected 'space:gene=value,gene=value'.")
    return find(text)
