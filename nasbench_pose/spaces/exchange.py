"""The modules of networks with branches, as words: how many basic blocks on each branch, and which fusions follow.

`b4_full` is HRNet's module: four blocks, then every branch into every other. Behind the blocks, branches go

- `full`: into every other;
- `near`: into those of the next higher and the next lower resolution;
- `up`: into all of a higher resolution;
- `down`: into all of a lower resolution;
- `none`: nowhere.

The last module of a network has one output, the first branch, into which every branch goes whatever the word says.
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
    """The gene that decides this module alone, where there is one."""

    @classmethod
    def of(cls, gene: str, word: Value) -> "Module":
        """Return the module of a word; raise InvalidFileError if it means nothing."""
        found = re.fullmatch(r"b([1-9]\d?)_([a-z]+)", str(word))
        if found is None or found[2] not in FUSIONS:
            examples = [f"b{found[1] if found else 4}_{fusion}" for fusion in FUSIONS]
            raise InvalidFileError(
                f"gene {gene!r} is {word!r}; expected 'skip' or a word like {', '.join(examples)} (blocks, fusions)."
                + nearest(str(word), examples)
            )
        return cls(int(found[1]), found[2], gene)

    def inputs(self, target: int, branches: int) -> list[int]:
        """Return the branches that go into branch `target`, itself included."""
        return [source for source in range(branches) if source == target or FUSIONS[self.fusion](source, target)]

    def among(self, branches: int, *, last: bool) -> str:
        """Return the first word that means the same among so many branches, or as the last module of the network.

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
    """Return the genes of the modules of a stage, in order; none for a space that counts them (`stage2` to `stage4`).

    Raises InvalidFileError where they are not numbered from 1, or the last may be skipped.
    """
    given = list(_modules(tuple(space.genes), stage))
    if given != [f"s{stage}m{i + 1}" for i in range(len(given))]:
        raise InvalidFileError(f"stage {stage} has the modules {', '.join(given)}; they are numbered s{stage}m1, …")
    if given and SKIP in space.genes[given[-1]]:
        raise InvalidFileError(f"gene {given[-1]!r} cannot be 'skip': the last module of a stage is never left out.")
    return given


@lru_cache(1024)
def _modules(genes: tuple[str, ...], stage: int) -> tuple[str, ...]:
    return tuple(gene for gene in genes if re.fullmatch(rf"s{stage}m\d+", gene))


def canonical(space: Template, genes: Genes) -> Genes:
    """Return `genes` without stages that there are not, skipped modules first, fusions by their first name."""
    spelt = dict(genes)
    for missing in range(_branches(space, genes) + 1, 5):
        for gene in (*modules(space, missing), f"w{missing}", f"stage{missing}"):
            spelt.pop(gene, None)
    for stage in _stages(space, genes):
        spelt.update(stage.words(stage.first_way()))
    return spelt


def spellings(space: Template, genes: Genes) -> int:
    """Return how many assignments are the same network as `genes`, itself included."""
    there = canonical(space, genes)
    idle = prod(len(options) for gene, options in space.genes.items() if gene not in there)
    return idle * prod(stage.spellings for stage in _stages(space, genes))


@dataclass(frozen=True)
class _Stage:
    """The modules of a stage: what each of their options means, and which is chosen."""

    meanings: Mapping[str, Mapping[Value, Value]]
    """Gene -> option -> the first word that means the same."""
    genes: Genes

    def ways(self) -> Iterator[tuple[Value, ...]]:
        """Yield the meanings of the modules with the skipped ones in every place, first at the beginning."""
        options, now, run, last = self._meant()
        for way in arrangements(options, now, run, first=True):
            yield (*way, now[last])

    def first_way(self) -> tuple[Value, ...]:
        """Return the first of the `ways`."""
        options, now, run, last = self._meant()
        return (*settled(options, now, run, first=True), now[last])

    def _meant(self) -> tuple[Options, Genes, list[str], str]:
        """Return what each module can mean and means now, all but the last of them, and the last."""
        options = {gene: tuple(words.values()) for gene, words in self.meanings.items()}
        now = {gene: words[self.genes[gene]] for gene, words in self.meanings.items()}
        *run, last = now
        return options, now, run, last

    def words(self, way: tuple[Value, ...]) -> dict[str, Value]:
        """Return gene -> its first option of that meaning."""
        pairs = zip(self.meanings.items(), way, strict=True)
        return {gene: next(word for word in words if words[word] == meant) for (gene, words), meant in pairs}

    @property
    def spellings(self) -> int:
        """How many assignments are the same stage."""
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
