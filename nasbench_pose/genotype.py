"""A genotype: one value for each active gene of a search space."""

import operator
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from nasbench_pose.errors import InvalidFileError, printable
from nasbench_pose.hashing import short_sha256
from nasbench_pose.notebooks import Shown

Value = str | int
"""What a gene can be: a word (`"k3_e6"`) or a whole number (`24`)."""

Gene = tuple[str, Value]
"""A gene and its value."""

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.+-]*")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,4000})")
_CACHE_SIZE = 16_384
"""Entries of each cache below: enough for every space in use at once, while memory stays bounded."""


@dataclass(frozen=True, slots=True)
class Genotype(Shown):
    """One architecture: the name of its search space and one value for each active gene.

    Genes are stored in natural order, so equal architectures are equal objects with one text and one key.

    >>> g = Genotype("tiny", {"width": 24, "block": "k3_e6"})
    >>> g.text
    'tiny:block=k3_e6,width=24'
    >>> g["width"], g.key
    (24, '1e938e3a549f659b')
    >>> Genotype.parse(g.text) == g
    True
    """

    space: str
    genes: tuple[tuple[str, Value], ...]

    def __init__(self, space: str, genes: Iterable[tuple[str, Value]] | Mapping[str, Value]) -> None:
        try:
            pairs = tuple(genes.items() if isinstance(genes, Mapping) else genes)
        except TypeError:
            raise _not_genes(genes) from None
        if not all(map(_is_gene, pairs)):
            pairs = tuple(_checked(pair) for pair in pairs)
        object.__setattr__(self, "space", space)
        object.__setattr__(self, "genes", _in_order(space, pairs))

    @classmethod
    def trusted(cls, space: str, genes: tuple[Gene, ...]) -> "Genotype":
        """Return a genotype without checking its genes.

        The caller guarantees that they are valid, distinct and in natural order. A search space does, as it has
        checked its own genes once.
        """
        genotype = object.__new__(cls)
        object.__setattr__(genotype, "space", space)
        object.__setattr__(genotype, "genes", genes)
        return genotype

    def __getitem__(self, gene: str) -> Value:
        return dict(self.genes)[gene]

    @property
    def text(self) -> str:
        """The canonical spelling, safe to paste into a shell: `space:gene=value,gene=value`."""
        return f"{self.space}:{','.join(f'{gene}={value}' for gene, value in self.genes)}"

    @property
    def key(self) -> str:
        """The first sixteen hex digits of the SHA-256 of `text`: the genotype's name in files and databases."""
        return short_sha256(self.text)

    @classmethod
    def parse(cls, text: str) -> "Genotype":
        """Read the canonical text back; raise InvalidFileError with the part that is wrong.

        >>> Genotype.parse("tiny:width")
        Traceback (most recent call last):
            ...
        nasbench_pose.errors.InvalidFileError: 'width' in the genotype 'tiny:width' is not of the form gene=value.
        """
        if not isinstance(text, str):
            raise InvalidFileError(f"{printable(repr(text))} is no text of a genotype, space:gene=value,gene=value.")
        text = text.strip()
        space, colon, rest = text.partition(":")
        if not colon:
            raise InvalidFileError(f"{text!r} is not a genotype; expected 'space:gene=value,gene=value'.")
        parts = [part for part in rest.split(",") if part]
        valid = [gene for gene in map(_valid_gene, parts) if gene is not None]
        if len(valid) == len(parts):
            return cls.trusted(space, _in_order(space, tuple(valid)))
        genes = [gene for gene in map(_gene, parts) if gene is not None]
        if len(genes) < len(parts):
            wrong = next(part for part in parts if _gene(part) is None)
            raise InvalidFileError(f"{wrong!r} in the genotype {text!r} is not of the form gene=value.")
        return cls(space, genes)


def natural_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return names of genes in the order of genotypes, in which `s2b9` comes before `s2b10`.

    >>> natural_order(["s2b10", "s2b9", "head"])
    ('head', 's2b9', 's2b10')
    """
    return tuple(sorted(names, key=lambda name: (_natural(name), name)))


@lru_cache(_CACHE_SIZE)
def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"([0-9]+)", name)]


@lru_cache(_CACHE_SIZE)
def _gene(part: str) -> Gene | None:
    """Parse `gene=value`; return None for a text of another form."""
    gene, equals, value = part.strip().partition("=")
    if not (gene and equals and value):
        return None
    return gene, int(value) if _NUMBER.fullmatch(value) else value


@lru_cache(_CACHE_SIZE)
def _valid_gene(part: str) -> Gene | None:
    """Parse `gene=value`; return None for a text of another form and for words that a genotype cannot have."""
    gene = _gene(part)
    return gene if gene is not None and _is_gene(gene) else None


def _in_order(space: str, genes: tuple[Gene, ...]) -> tuple[Gene, ...]:
    """Return distinct genes in natural order; raise InvalidFileError for a gene that is named twice."""
    order = _order(_spelt(space), tuple([gene for gene, _ in genes]))
    return genes if order is None else tuple([genes[place] for place in order])


@lru_cache(_CACHE_SIZE)
def _order(space: str, names: tuple[str, ...]) -> tuple[int, ...] | None:
    """Return the permutation that sorts names in natural order, None if they are sorted; raise for a duplicate."""
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise InvalidFileError(f"The genotype of {space!r} names {twice[0]!r} twice.")
    order = tuple(sorted(range(len(names)), key=lambda place: (_natural(names[place]), names[place])))
    return None if order == tuple(range(len(names))) else order


@lru_cache(_CACHE_SIZE)
def _is_word(word: str) -> bool:
    return _WORD.fullmatch(word) is not None


def _is_gene(pair: Any) -> bool:
    """Return whether a (name, value) pair is valid as it is, without conversion."""
    if type(pair) is not tuple or len(pair) != 2:
        return False
    gene, value = pair
    if type(gene) is not str or not _is_word(gene):
        return False
    return type(value) is int or (type(value) is str and _is_word(value))


def _checked(pair: Any) -> Gene:
    """Return name and value as a genotype stores them; NumPy integers become `int`."""
    if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
        raise _not_genes(pair)
    gene, value = pair
    if isinstance(value, str):
        return _spelt(gene), _spelt(value)
    try:
        if isinstance(value, bool):
            raise TypeError
        return _spelt(gene), operator.index(value)
    except TypeError:
        raise InvalidFileError(f"The gene {gene!r} is {value!r}; a value is a word or a whole number.") from None


def _not_genes(given: object) -> InvalidFileError:
    return InvalidFileError(f"{printable(repr(given))} are no genes; expected pairs, such as [('width', 24)].")


def _spelt(word: Any) -> str:
    if not isinstance(word, str) or not _is_word(str(word)):
        raise InvalidFileError(f"{word!r} cannot stand in a genotype: letters, digits, _ . + -, a letter first.")
    return str(word)
