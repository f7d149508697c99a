"""Each fault of `python -m analysis reliability`, once: nothing is lost, and the end is that of an undisturbed one."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from analysis import reliability
from analysis._damage import TRIALS, damages
from nasbench_pose.store.temporary_server import PROGRAMS, TemporaryServer, temporary_server


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The steps of the comparison that nothing happens to."""
    return reliability.undisturbed(tmp_path_factory.mktemp("whole"))


@pytest.mark.slow
@pytest.mark.parametrize("name", reliability.PROCESSES)
def test_a_fault_of_the_machine(name: str, whole: pd.DataFrame) -> None:
    found = reliability.processes(reliability.PROCESSES[name], whole, rounds=1, seed=len(name))
    assert (found.tried, found.lost, found.equal) == (1, 0, True)
    assert found.again <= 2, "no more than what was under way"


@pytest.fixture(scope="module")
def own() -> Iterator[TemporaryServer]:
    """A server that may be stopped, unlike that of the other tests."""
    pytest.importorskip("psycopg")
    if not PROGRAMS:
        pytest.skip("no PostgreSQL server here")
    with temporary_server() as server:
        yield server


@pytest.mark.slow
@pytest.mark.parametrize("name", reliability.SERVERS)
def test_a_fault_of_the_server_is_survived_by_the_run_that_meets_it(
    name: str, whole: pd.DataFrame, own: TemporaryServer
) -> None:
    found = reliability.server(own, reliability.SERVERS[name], whole, rounds=1, away=2.0)
    assert found == reliability.Outcome(tried=1, again=0, lost=0, equal=True)


@pytest.mark.slow
def test_damaged_files_are_said_and_saved(tmp_path: Path) -> None:
    found = dict(damages(tmp_path, copies=6))
    for kind, each in found.items():
        assert sum(each.found.values()) == 6 and each.untrue == 0, kind
        assert all(0 <= share <= 1 for share in each.saved)
    assert found["cut short"].found["said"] == 6
    lost = [1 - share for kind in ("one bit flipped", "one page overwritten") for share in found[kind].saved]
    assert sorted(lost)[len(lost) // 2] < 4096 / 50 / TRIALS, "the median loses what was on one page"
