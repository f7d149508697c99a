"""The genotypes of a table and the row of each in its arrays."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace, find, name_of


@dataclass(frozen=True, eq=False)
class Index:
    """All genotypes of a space in the order of `space.enumerate`, followed by the baselines of a table."""

    space: SearchSpace
    members: tuple[Genotype, ...]
    others: tuple[Genotype, ...]
    """The baselines that were trained."""

    @classmethod
    def of(cls, space: SearchSpace, texts: list[str]) -> "Index":
        """Return the index of a table with these genotypes.

        Raises InvalidFileError for one that is neither in the space nor one of its baselines.
        """
        members = tuple(space.enumerate())
        known = {genotype.text for genotype in members}
        others = tuple(Genotype.parse(text) for text in dict.fromkeys(texts) if text not in known)
        if invalid := [genotype.text for genotype in others if genotype.space == space.name]:
            raise InvalidFileError(f"The table has a row of {invalid[0]!r}, which is no member of {space.name}.")
        if foreign := [genotype.text for genotype in others if genotype not in map(find, space.baselines)]:
            raise InvalidFileError(
                f"The table has a row of {foreign[0]!r}, which is neither a member of {space.name} nor one of its "
                f"baselines, {', '.join(space.baselines) or 'of which it has none'}."
            )
        return cls(space, members, others)

    @property
    def genotypes(self) -> tuple[Genotype, ...]:
        """Members and others."""
        return self.members + self.others

    def row(self, which: Genotype | str) -> int:
        """Return the row of a genotype, given as a Genotype, text, key or name.

        Raises UnknownNameError for a name that does not exist, InvalidFileError for a genotype of another space, for a
        baseline that was not trained yet, and for a value that is not a genotype.
        """
        if not isinstance(which, Genotype | str):
            raise InvalidFileError(f"A genotype, or its text, key or name, is asked for, not a {type(which).__name__}.")
        if (row := self.known.get(which)) is not None:
            return row
        genotype = self._genotype(which) if isinstance(which, str) else which
        if genotype not in self.known:
            if genotype in map(find, self.space.baselines):
                raise InvalidFileError(f"{genotype.text}, a baseline of {self.space.name}, has not been trained yet.")
            self.space.validate(genotype)  # raises for an invalid genotype
        return self.known[self.space.validate(genotype) if genotype.space == self.space.name else genotype]

    def title_of(self, genotype: Genotype) -> str:
        """Return a genotype's name if it has one, else its space and key."""
        own = {known: name for name, known in self.space.named.items()}
        name = own.get(genotype) if genotype.space == self.space.name else name_of(genotype)
        return name or f"{genotype.space} {genotype.key}"

    def rows(self, codes: ArrayLike) -> NDArray[np.int64]:
        """Return the rows of option indices, shape (n, genes); raise InvalidFileError for invalid ones."""
        options = np.asarray(codes)
        sizes = tuple(len(values) for values in self.space.genes.values())
        if options.ndim != 2 or options.shape[1] != len(sizes) or not np.issubdtype(options.dtype, np.integer):
            raise InvalidFileError(
                f"Encoded genotypes are {options.dtype} of shape {options.shape}; expected whole numbers, "
                f"(n, {len(sizes)})."
            )
        try:
            flat = np.ravel_multi_index(tuple(options.T), sizes)
        except ValueError:
            raise InvalidFileError(f"An option index is out of range; the genes have {list(sizes)} options.") from None
        rows: NDArray[np.int64] = self._by_code[flat]
        return rows

    @cached_property
    def known(self) -> dict[Genotype | str, int]:
        """Genotype, text, key, or name in the space -> row."""
        found: dict[Genotype | str, int] = {}
        for row, genotype in enumerate(self.genotypes):
            found |= {genotype: row, genotype.text: row, genotype.key: row}
        return found | {name: found[genotype] for name, genotype in self.space.named.items()}

    @cached_property
    def _by_code(self) -> NDArray[np.int64]:
        """Rows of all combinations of options, in row-major order; several combinations may be one network."""
        every = np.indices([len(values) for values in self.space.genes.values()]).reshape(len(self.space.genes), -1).T
        return np.array([self.known[genotype] for genotype in self.space.decode(every)], dtype=np.int64)

    def _genotype(self, text: str) -> Genotype:
        return Genotype.parse(text) if text.startswith(f"{self.space.name}:") else find(text)
