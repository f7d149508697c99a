"""The engine of one-shot searches: train a supernet, then propose the members that inherit the highest accuracy."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np

from nasbench_pose.errors import DataError, InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.declaration import Declaration, Setting
from nasbench_pose.strategies.strategy import Exhausted, Proposal
from nasbench_pose.strategies.supernet.held_genes import check_supernet, holding

if TYPE_CHECKING:
    from nasbench_pose.network import Supernet
    from nasbench_pose.oneshot.samplings import OneShotTraining


QUICK: Mapping[str, Any] = {"steps": 60, "scored": 64, "calibration": 64, "population": 10, "generations": 2}
"""The preset `quick` of every one-shot search: it shows that a search runs, and is too short to find much."""


class InheritedAccuracySearch:
    """The first `ask` trains the supernet and runs the evolution; each proposes the best member not proposed before.

    Only the split `train` is used: the last `scored` people judge the members, the others train the supernet and give
    the statistics of batch normalisation. The losses passed to `tell` are ignored. The search is exhausted when all
    members that the evolution visited have been proposed. The same seed gives the same proposals, also if the first
    ask was interrupted and goes on from a checkpoint.
    """

    declaration: ClassVar[Declaration]
    sampling: ClassVar[str]
    """How the supernet is trained: a name in `oneshot.SAMPLINGS`."""

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        protocol: Annotated[str, Setting("training of the supernet but for its steps, as JSON")],
        data: Annotated[str, Setting("the people to train on")],
        steps: Annotated[int, Setting("training steps of the supernet", low=1)] = 1600,
        batch: Annotated[int, Setting("people in a step: a supernet normalises by the batch", low=2)] = 16,
        calibration: Annotated[int, Setting("people for the statistics of batch normalisation", low=2)] = 128,
        scored: Annotated[int, Setting("people of train who are kept to judge members by", low=2)] = 256,
        population: Annotated[int, Setting("members of a generation", low=2)] = 50,
        generations: Annotated[int, Setting("generations before the first proposal", low=1)] = 20,
        parents: Annotated[int, Setting("the best so far, of which the next generation is made", low=1)] = 10,
        mutation: Annotated[float, Setting("probability that a mutant decides anew, for each decision",
                                           above=0, high=1)] = 0.1,
        cost: Annotated[str, Setting("macs, params, or latency:FILE with a latency table")] = "macs",
        limit: Annotated[float, Setting("of the cost of members, in its own unit; 0: none", low=0)] = 0.0,
        held: Annotated[tuple[str, ...] | None, Setting("genes that stay fixed, such as resolution=100")] = None,
    ) -> None:  # fmt: skip
        """Raise NasbenchPoseError for a space without a supernet or settings that contradict each other, DataError for
        too few people."""
        # imported here: listing the strategies must not load torch
        from nasbench_pose.evaluators.protocol import Protocol
        from nasbench_pose.pose.source import load
        from nasbench_pose.strategies.supernet.gene_costs import gene_costs
        from nasbench_pose.strategies.supernet.path_evolution import PathEvolution

        self.check(space, {"parents": parents, "population": population, "held": held})
        self._space = holding(space, held)
        parsed = Protocol.parse(protocol)
        self._protocol = replace(parsed, batch=batch, flip_test=False)
        self._people = load(data, size=parsed.input).train
        if len(self._people) < scored + batch:
            raise DataError(
                f"{len(self._people)} people are too few: {scored} are kept to judge members by (scored), and the "
                f"others have to fill a batch of {batch}."
            )
        joints = self._people.joints.shape[1]
        self._costs, self._limit = gene_costs(self._space, cost, input=parsed.input, joints=joints), limit
        self._steps, self._calibration, self._scored = steps, calibration, scored
        self._evolution = PathEvolution(population, generations, parents, mutation)
        self._seed, *self._evolution_seed = rng.integers(2**31, size=2).tolist()
        self.scores: dict[str, float] = {}
        """Text of each member that was visited -> its inherited accuracy (PCKh@0.5, percent)."""
        self._proposed: list[str] = []
        self.after_step: Callable[[], None] = lambda: None
        """Called after each step of the training and each member that was judged; `checkpoint` may be called there."""
        self._training: OneShotTraining | None = None
        """The training that the first ask began, until this ask ends."""
        self._saved: dict[str, Any] | None = None
        """Its state in a checkpoint."""
        self._known: dict[str, float] = {}
        """The scores of the members that this ask has judged."""

    @classmethod
    def check(cls, space: SearchSpace, settings: Mapping[str, Any]) -> None:
        """Raise NasbenchPoseError if a space has no supernet, or if there are more parents than members."""
        check_supernet(space, settings.get("held"))
        parents, population = settings.get("parents", 10), settings.get("population", 50)
        if parents > population:
            raise InvalidFileError(f"parents={parents} of population={population} are too many.")

    def ask(self) -> Proposal:
        """Propose the best member that is new; train the supernet and search it first, if that is not done."""
        if not self.scores:
            self.scores = self._searched()
        left = [text for text in self.scores if text not in self._proposed]
        if not left:
            raise Exhausted
        best = max(left, key=lambda text: self.scores[text])  # ties: the one visited first
        self._proposed.append(best)
        return Proposal(Genotype.parse(best))

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        """Ignore the losses: the strategy follows the inherited accuracy."""

    def checkpoint(self) -> bytes:
        """Return the scores and the proposals; during the first ask the training, and the scores so far."""
        if self._training is None:
            return json.dumps({"scores": self.scores, "proposed": self._proposed}).encode()
        import torch

        buffer = io.BytesIO()
        torch.save({"training": self._training.state_dict(), "known": self._known}, buffer)
        return buffer.getvalue()

    def restore(self, state: bytes) -> None:
        """Restore the state of `checkpoint`."""
        if state.startswith(b"{"):
            saved = json.loads(state)
            self.scores, self._proposed = saved["scores"], saved["proposed"]
            return
        import torch

        self._saved = torch.load(io.BytesIO(state), map_location="cpu", weights_only=True)

    def _searched(self) -> dict[str, float]:
        from nasbench_pose.network.devices import device_of, reproducible
        from nasbench_pose.strategies.supernet.path_evolution import evolve

        with reproducible(device_of(self._protocol.device)):
            supernet = self._trained()
            rng = np.random.default_rng(self._evolution_seed)  # it is repeated after an interruption
            scores = evolve(
                self._space, lambda one: self._score(supernet, one), rng, self._evolution,
                costs=self._costs, limit=self._limit,
            )  # fmt: skip
        self._training, self._known = None, {}
        return {genotype.text: score for genotype, score in scores.items()}

    def _trained(self) -> "Supernet":
        """Return the supernet, trained; raise DivergedError in one line if it diverged."""
        import torch

        from nasbench_pose.errors import DivergedError
        from nasbench_pose.evaluators.batches import Tensors
        from nasbench_pose.network import build_supernet
        from nasbench_pose.network.devices import device_of
        from nasbench_pose.oneshot.samplings import OneShotTraining

        supernet = build_supernet(
            self._space, joints=self._people.joints.shape[1], input=self._protocol.input, seed=self._seed, members=True
        )
        device = device_of(self._protocol.device)
        supernet.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        people = Tensors.of(self._people).take(slice(None, -self._scored)).to(device)
        training = OneShotTraining(
            supernet, self._space, people, self._protocol, self.sampling, self._steps, self._seed
        )
        if self._saved is not None:
            training.load_state_dict(self._saved["training"])
            self._known, self._saved = self._saved["known"], None
        self._training = training
        try:
            training.run(self.after_step)
        except DivergedError as error:
            raise DivergedError(
                f"The supernet {error}; a learning rate below {self._protocol.learning_rate:g} may help."
            ) from None
        return supernet

    def _score(self, supernet: "Supernet", genotype: Genotype) -> float:
        if genotype.text not in self._known:
            self._known[genotype.text] = self._inherited(supernet, genotype)
            self.after_step()
        return self._known[genotype.text]

    def _inherited(self, supernet: "Supernet", genotype: Genotype) -> float:
        """Return the accuracy of a member with inherited weights, on the people who did not train them."""
        from nasbench_pose.evaluators.batches import Tensors
        from nasbench_pose.evaluators.measure import measure
        from nasbench_pose.network.devices import home_of
        from nasbench_pose.oneshot.members import Member, recalibrate

        member = Member(supernet, self._space.path(genotype))
        seen = np.arange(min(self._calibration, len(self._people) - self._scored))
        recalibrate(member, Tensors.of(self._people.take(seen)).to(home_of(supernet)))
        judges = self._people.take(np.arange(len(self._people) - self._scored, len(self._people)))
        return measure(member, judges, self._protocol).pckh
