"""The words of modules of networks with branches: the number of basic blocks on each branch, and the fusions.

`b4_full` is HRNet's module: four blocks, then every branch is fused into every other. The word says which branches are
fused into which others:

- `full`: into all others;
- `near`: into those of the next higher and the next lower resolution;
- `up`: into all of a higher resolution;
- `down`: into all of a lower resolution;
- `none`: no fusion.

The last module of a network has one output, the first branch; all branches are fused into it, whatever the word.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from math import prod

from nasbench_pose.errors import InvalidFileError, nearest
from nasbench_pose.genotype import Value
from nasbench_pose.spaces.kinds import Genes, Options, Template
from nasbench_pose.spaces.skips import SKIP, arrangements, settled

FUSIONS: dict[str, Callable[[int, int], bool]] = {
    "full": lambda _, __: True,
    "near": lambda source, target: abs(source - target) <= 1,
    "up": lambda source, target: source >= target,
    "down": lambda source, target: source <= target,
    "none": lambda source, target: source == target,
}
"""Word -> (from branch, into branch) -> whether there is a fusion; branch 0 has the highest resolution."""


@dataclass(frozen=True, slots=True)
class Module:
    """A module: basic blocks on each branch, then fusions.

    >>> Module.of("s2m1", "b4_near")
    Module(blocks=4, fusion='near', gene='s2m1')
    """

    blocks: int
    fusion: str = "full"
    gene: str | None = None
    """The gene that decides this module; None if the module is not a gene."""

    @classmethod
    def of(cls, gene: str, word: Value) -> "Module":
        """Return the module of a word; raise InvalidFileError for an unknown word."""
        found = re.fullmatch(r"b([1-9]\d?)_([a-z]+)", str(word))
        if found is None or found[2] not in FUSIONS:
            examples = [f"b{found[1] if found else 4}_{fusion}" for fusion in FUSIONS]
            raise InvalidFileError(
                f"gene {gene!r} is {word!r}; expected 'skip' or a word like {', '.join(examples)} (blocks, fusions)."
                + nearest(str(word), examples)
            )
        return cls(int(found[1]), found[2], gene)

    def inputs(self, target: int, branches: int) -> list[int]:
        """Return the branches that are fused into branch `target`, itself included."""
        return [source for source in range(branches) if source == target or FUSIONS[self.fusion](source, target)]

    def among(self, branches: int, *, last: bool) -> str:
        """Return the first word with the same meaning for so many branches, or in the last module of the network.

        >>> Module.of("s2m1", "b4_near").among(2, last=False), Module.of("s3m1", "b4_near").among(3, last=False)
        ('b4_full', 'b4_near')
        """
        return f"b{self.blocks}_{'full' if last else _first_name(self.fusion, branches)}"


@cache
def _first_name(fusion: str, branches: int) -> str:
    def pairs(name: str) -> list[bool]:
        return [i == j or FUSIONS[name](j, i) for i in range(branches) for j in range(branches)]

    return next(name for name in FUSIONS if pairs(name) == pairs(fusion))


def modules(space: Template, stage: int) -> list[str]:
    """Return the genes of the modules of a stage, in order; none if `stage2` to `stage4` are numbers of modules.

    Raises InvalidFileError if they are not numbered from 1 or if the last one may be skipped.
    """
    found = list(_modules(tuple(space.genes), stage))
    if found != [f"s{stage}m{i + 1}" for i in range(len(found))]:
        raise InvalidFileError(f"stage {stage} has the modules {', '.join(found)}; they are numbered s{stage}m1, …")
    if found and SKIP in space.genes[found[-1]]:
        raise InvalidFileError(f"gene {found[-1]!r} cannot be 'skip': the last module of a stage is never left out.")
    return found


@lru_cache(1024)
def _modules(genes: tuple[str, ...], stage: int) -> tuple[str, ...]:
    return tuple(gene for gene in genes if re.fullmatch(rf"s{stage}m\d+", gene))


def canonical(space: Template, genes: Genes) -> Genes:
    """Return `genes` without absent stages, with skipped modules first and fusions by their first name."""
    spelt = dict(genes)
    for missing in range(_branches(space, genes) + 1, 5):
        for gene in (*modules(space, missing), f"w{missing}", f"stage{missing}"):
            spelt.pop(gene, None)
    for stage in _stages(space, genes):
        spelt.update(stage.words(stage.first_way()))
    return spelt


def spellings(space: Template, genes: Genes) -> int:
    """Return the number of assignments that are the same network as `genes`, `genes` included."""
    there = canonical(space, genes)
    idle = prod(len(options) for gene, options in space.genes.items() if gene not in there)
    return idle * prod(stage.spellings for stage in _stages(space, genes))


@dataclass(frozen=True)
class _Stage:
    """The modules of a stage: the meaning of each option, and the chosen genes."""

    meanings: Mapping[str, Mapping[Value, Value]]
    """Gene -> option -> the first word with the same meaning."""
    genes: Genes

    def ways(self) -> Iterator[tuple[Value, ...]]:
        """Yield the meanings of the modules with the skipped ones at all possible places, at the beginning first."""
        options, now, run, last = self._meant()
        for way in arrangements(options, now, run, first=True):
            yield (*way, now[last])

    def first_way(self) -> tuple[Value, ...]:
        """Return the first of the arrangements in `ways`."""
        options, now, run, last = self._meant()
        return (*settled(options, now, run, first=True), now[last])

    def _meant(self) -> tuple[Options, Genes, list[str], str]:
        """Return the possible and the present meaning of each module, the genes of all but the last, and the last."""
        options = {gene: tuple(words.values()) for gene, words in self.meanings.items()}
        now = {gene: words[self.genes[gene]] for gene, words in self.meanings.items()}
        *run, last = now
        return options, now, run, last

    def words(self, way: tuple[Value, ...]) -> dict[str, Value]:
        """Return gene -> its first option with this meaning."""
        pairs = zip(self.meanings.items(), way, strict=True)
        return {gene: next(word for word in words if words[word] == meant) for (gene, words), meant in pairs}

    @property
    def spellings(self) -> int:
        """The number of assignments that are the same stage."""
        words = [list(words.values()) for words in self.meanings.values()]
        return sum(prod(w.count(meant) for w, meant in zip(words, way, strict=True)) for way in self.ways())


def _stages(space: Template, genes: Genes) -> Iterator[_Stage]:
    """Yield the stages whose modules are genes."""
    branches = _branches(space, genes)
    for stage in range(2, branches + 1):
        if run := modules(space, stage):
            final = run[-1] if stage == branches else None
            meanings = {gene: _meanings(space.genes[gene], stage, gene, last=gene == final) for gene in run}
            yield _Stage(meanings, genes)


@lru_cache(1024)
def _meanings(options: tuple[Value, ...], stage: int, gene: str, *, last: bool) -> Mapping[Value, Value]:
    return {word: word if word == SKIP else Module.of(gene, word).among(stage, last=last) for word in options}


def _branches(space: Template, genes: Genes) -> int:
    return int({"branches": 4, **space.fixed, **genes}["branches"])
