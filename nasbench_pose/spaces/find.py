"""From what a user types to a genotype."""

from pathlib import Path

from nasbench_pose.errors import InvalidFileError, UnknownNameError, nearest
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces.load import load, names
from nasbench_pose.spaces.space import SearchSpace


def find(text: str) -> Genotype:
    """Return the genotype that `text` means.

    `text` is a named genotype, without regard to case (`hrnet-w32`, or with its space: `hrnet/hrnet-w32`), a genotype's
    own text (`space:gene=value,…`), or the path of a file that holds that text. Raises UnknownNameError for a name
    nobody has, InvalidFileError for a text that is not a member of its space.

    >>> find("EFFICIENTPOSE-A").space
    'efficientpose_small'
    """
    if ":" in text:
        genotype = Genotype.parse(text)
        return load(genotype.space).validate(genotype)
    if (named := _named().get(text.casefold())) is not None:
        return named
    if (path := Path(text)).is_file():
        return _from_file(path)
    known = named_genotypes()
    raise UnknownNameError(
        f"No genotype named {text!r}; known: {', '.join(known)}; or a genotype's text, key or file."
        + nearest(text, known)
    )


def space_of(genotype: Genotype) -> SearchSpace:
    """Return the built-in space a genotype belongs to."""
    return load(genotype.space)


def named_genotypes() -> dict[str, Genotype]:
    """Return every named genotype of the built-in spaces, by its name as printed.

    >>> sorted(named_genotypes())[:3]
    ['EfficientPose-A', 'EfficientPose-B', 'EfficientPose-C']
    """
    return {name: genotype for space in map(load, names()) for name, genotype in space.named.items()}


def name_of(genotype: Genotype) -> str | None:
    """Return the name of a named genotype, else None."""
    return next((name for name, other in load(genotype.space).named.items() if other == genotype), None)


def _named() -> dict[str, Genotype]:
    plain = named_genotypes()
    full = {f"{genotype.space}/{name}": genotype for name, genotype in plain.items()}
    return {name.casefold(): genotype for name, genotype in (plain | full).items()}


def _from_file(path: Path) -> Genotype:
    try:
        text = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidFileError(f"{path} cannot be read as a genotype: {error}.") from None
    if ":" not in text:
        raise InvalidFileError(f"{path} does not hold a genotype; expected 'space:gene=value,gene=value'.")
    return find(text)
