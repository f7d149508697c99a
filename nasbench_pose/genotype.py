"""A genotype: one answer to each question of a search space."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from nasbench_pose.errors import InvalidFileError

Value = str | int
"""What a gene can be: a word (`"k3_e6"`) or a whole number (`24`)."""

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.+-]*")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,4000})")


def _natural(gene: tuple[str, Value]) -> list[tuple[int, str]]:
    """Sort s2b10 after s2b9."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"([0-9]+)", gene[0])]


@dataclass(frozen=True, slots=True)
class Genotype:
    """One architecture: the name of its search space and one value for each active gene.

    Genes are kept in natural order, so equal architectures are equal objects with one text and one key.

    >>> g = Genotype("tiny", {"width": 24, "block": "k3_e6"}.items())
    >>> g.text
    'tiny:block=k3_e6,width=24'
    >>> g["width"], g.key
    (24, '1e938e3a549f659b')
    >>> Genotype.parse(g.text) == g
    True
    """

    space: str
    genes: tuple[tuple[str, Value], ...]

    def __init__(self, space: str, genes: Iterable[tuple[str, Value]]) -> None:
        object.__setattr__(self, "space", space)
        object.__setattr__(self, "genes", tuple(sorted(genes, key=_natural)))
        _check(self)

    def __getitem__(self, gene: str) -> Value:
        return dict(self.genes)[gene]

    @property
    def text(self) -> str:
        """The canonical spelling, safe to paste into a shell: `space:gene=value,gene=value`."""
        return f"{self.space}:{','.join(f'{gene}={value}' for gene, value in self.genes)}"

    @property
    def key(self) -> str:
        """The first sixteen hex digits of the SHA-256 of `text`: the genotype's name in files and databases."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    @classmethod
    def parse(cls, text: str) -> "Genotype":
        """Read the canonical text back; raise InvalidFileError with the part that is wrong.

        >>> Genotype.parse("tiny:width")
        Traceback (most recent call last):
            ...
        nasbench_pose.errors.InvalidFileError: 'width' in the genotype 'tiny:width' is not of the form gene=value.
        """
        space, colon, rest = text.strip().partition(":")
        if not colon:
            raise InvalidFileError(f"{text!r} is not a genotype; expected 'space:gene=value,gene=value'.")
        return cls(space, [_gene(part, text.strip()) for part in rest.split(",") if rest])


def _gene(part: str, text: str) -> tuple[str, Value]:
    gene, equals, value = part.strip().partition("=")
    if not (gene and equals and value):
        raise InvalidFileError(f"{part!r} in the genotype {text!r} is not of the form gene=value.")
    return gene, int(value) if _NUMBER.fullmatch(value) else value


def _check(genotype: Genotype) -> None:
    words = [genotype.space, *(word for gene in genotype.genes for word in gene if isinstance(word, str))]
    if wrong := [word for word in words if not _WORD.fullmatch(word)]:
        raise InvalidFileError(f"{wrong[0]!r} cannot stand in a genotype: letters, digits, _ . + -, a letter first.")
    names = [gene for gene, _ in genotype.genes]
    if twice := {name for name in names if names.count(name) > 1}:
        raise InvalidFileError(f"The genotype of {genotype.space!r} names {sorted(twice)[0]!r} twice.")
