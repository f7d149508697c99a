"""Latency tables: exact where latencies add up, and honest about it where they do not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from nasbench_pose.cost import count
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.graph import Graph
from nasbench_pose.latency import LatencyProtocol, LatencyTable, Machine, Timing
from nasbench_pose.latency.bench import PieceNetwork
from nasbench_pose.latency.build import check_table, measure_table
from nasbench_pose.latency.pieces import Piece, pieces
from nasbench_pose.spaces import find, load

MACHINE = Machine("a processor", 4, "performance", (("torch", "2.13.0"),))
PROTOCOL = LatencyProtocol(MACHINE, input=(64, 64), joints=14)
SPACE = load("efficientpose_micro")


@dataclass(frozen=True)
class Additive:
    """A machine on which a call takes 0.25 ms, and 1 ms more for each million MACs."""

    whole_networks_are: float = 1.0
    """So many times as slow as their blocks make them."""

    def piece(self, piece: Piece) -> Timing:
        return self._timing(PieceNetwork.graph(piece))

    def networks(self, graphs: Sequence[Graph]) -> list[Timing]:
        return [self._timing(graph, self.whole_networks_are) for graph in graphs]

    def _timing(self, graph: Graph, slower: float = 1.0) -> Timing:
        return Timing(np.full(30, slower * (0.25 + count(graph).macs / 1e6)), np.ones(30))


@pytest.fixture(scope="module")
def table() -> LatencyTable:
    return measure_table(SPACE, PROTOCOL, Additive())


def test_what_adds_up_is_predicted_exactly(table: LatencyTable) -> None:
    for seed in range(20):
        graph = SPACE.graph(SPACE.sample(np.random.default_rng(seed)))
        assert table.predict(graph) == pytest.approx(0.25 + count(graph).macs / 1e6)


def test_each_distinct_block_of_all_networks_is_measured_once(table: LatencyTable) -> None:
    every = {piece for genotype in SPACE.enumerate() for _, piece in pieces(SPACE.graph(genotype)) if piece.computes}
    assert table.blocks.keys() == {piece.key for piece in every}
    assert len(table.blocks) == len(every)
    assert table.call_ms == 0.25
    assert (table.space, table.digest, table.protocol) == (SPACE.name, SPACE.digest, PROTOCOL)


@pytest.mark.parametrize("slower", [1.0, 1.25, 0.8])
def test_the_check_finds_how_far_off_sums_are(table: LatencyTable, slower: float) -> None:
    check = check_table(table, SPACE, Additive(slower), 20, np.random.default_rng(0)).check
    assert check is not None
    assert len(set(check.genotypes)) == 20
    expected = 100 * (1 / slower - 1)
    assert [check.median_error, check.p95_error, check.bias] == pytest.approx([abs(expected), abs(expected), expected])


def test_a_small_space_is_checked_whole(table: LatencyTable) -> None:
    check = check_table(table, SPACE, Additive(), 10_000, np.random.default_rng(0)).check
    assert check is not None
    assert len(check.genotypes) == SPACE.size


def test_a_reference_that_drifts_is_told_and_so_is_where_a_table_comes_from() -> None:
    class Drifting(Additive):
        def piece(self, piece: Piece) -> Timing:  # noqa: ARG002 - blocks take equally long here
            times.append(2.0 if len(times) > 30 else 1.0)
            return Timing(np.ones(30), np.full(30, times[-1]))

    times: list[float] = []
    drifted = measure_table(SPACE, PROTOCOL, Drifting(), about={"made": "today"})
    assert (drifted.reference_drift, drifted.about) == (1.0, {"made": "today"})


def test_progress_counts_blocks(table: LatencyTable) -> None:
    told: list[tuple[int, int]] = []
    measure_table(SPACE, PROTOCOL, Additive(), lambda done, total: told.append((done, total)))
    assert told == [(n, len(table.blocks)) for n in range(1, len(table.blocks) + 1)]


def test_a_table_comes_back_from_its_file(table: LatencyTable, tmp_path: Path) -> None:
    for whole in (table, check_table(table, SPACE, Additive(2.0), 3, np.random.default_rng(0))):
        whole.save(tmp_path / "table.json")
        assert LatencyTable.load(tmp_path / "table.json") == whole


def test_a_block_that_was_not_measured_is_named(table: LatencyTable) -> None:
    with pytest.raises(NasbenchPoseError, match="no block like 'stem': it is for efficientpose_micro at 64×64 pixels"):
        table.predict(load("efficientpose_small").graph(find("efficientpose-a")))


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": "other"}', '{"format": "nasbench-pose latency table 1"}', "\x00"]
)
def test_what_is_no_table_is_said_to_be_none(content: str, tmp_path: Path) -> None:
    path = tmp_path / "table.json"
    path.write_text(content)
    with pytest.raises(InvalidFileError, match=r"table\.json is not a"):
        LatencyTable.load(path)


def test_two_machines_never_share_a_protocol() -> None:
    others = [
        replace(PROTOCOL, machine=replace(MACHINE, **change))
        for change in (
            {"cpu": "another"},
            {"cores": 2},
            {"governor": "powersave"},
            {"libraries": (("torch", "2.12.0"),)},
        )
    ]
    settings = {"threads": 2, "batch": 8, "engine": "onnxruntime", "input": (96, 64), "joints": 16, "reference": "x"}
    others += [replace(PROTOCOL, **{name: value}) for name, value in settings.items()]
    assert len({protocol.key for protocol in (PROTOCOL, *others)}) == 1 + len(others)
    assert all(LatencyProtocol.parse(protocol.text) == protocol for protocol in others)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"machine": 3}', '{"macine": {}}'])
def test_what_is_no_protocol_is_refused(text: str) -> None:
    with pytest.raises(InvalidFileError):
        LatencyProtocol.parse(text)
