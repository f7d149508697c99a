"""What a results database does for several processes, of which any may be killed."""

import subprocess
import sys
from collections.abc import Sequence
from time import perf_counter

import pytest

from contracts.store import RUN, StoreContract, trial
from nasbench_pose.store import Store

HEAD = """
import sys
from nasbench_pose.evaluators.trial import Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.store import Run, Store

def trial(width, loss):
    return Trial(Genotype("tiny", [("width", width)]), "p1", 500, 0, {"loss": loss})

where, me = sys.argv[1], int(sys.argv[2])
sys.stdin.readline()
"""
OPENS = """
with Store(where) as store:
    store.run(Run("random", "tiny", "d1", seed=me % 2, protocol="p1", fidelity=500), budget=1)
"""
ADDS = """
with Store(where) as store:
    widths = range(150) if me % 2 else reversed(range(150))
    kept = {width: store.add(trial(width, me)).metrics["loss"] for width in widths}
print([kept[width] for width in range(150)])
"""
ADDS_AT_ONCE = """
with Store(where) as store:
    widths = range(2000) if me % 2 else reversed(range(2000))
    store.add_all([trial(width, me) for width in widths])
    print([store.find(trial(width, 0).genotype, "p1", 500, 0).metrics["loss"] for width in range(0, 2000, 20)])
"""
SEARCHES = """
with Store(where) as store:
    run = store.run(Run("random", "tiny", "d1", seed=0, protocol="p1", fidelity=500), budget=10**6)
    for number in range(len(store.steps(run)) + 1, 10**6):
        store.visit(run, number, trial(number, number), 0.0)
        store.save_checkpoint(run, number, b"%d" % number)
        print(number, flush=True)
"""


def start(script: str, where: str, number: int) -> "subprocess.Popen[str]":
    """Start a process that waits for a line before it does what `script` says."""
    command = [sys.executable, "-W", "error", "-c", HEAD + script, where, str(number)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def go(processes: "Sequence[subprocess.Popen[str]]") -> list[str]:
    """Let processes go at the same time; return what each printed."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=120) for process in processes]
    assert [(process.returncode, errors) for process, (_, errors) in zip(processes, said, strict=True)] == [
        (0, "") for _ in processes
    ]
    return [printed for printed, _ in said]


class SharedStoreContract(StoreContract):
    """For databases that several processes can use; `where` is the same database each time it is opened."""

    writers = 3
    """Processes that enter facts at once."""

    def test_what_was_kept_is_there_when_it_is_opened_again(self, where: str) -> None:
        with Store(where) as store:
            store.add(trial(1))
            assert self.find(store, trial(1)) == trial(1)
        with Store(where, must_exist=True) as again, Store(where) as beside:
            assert self.find(again, trial(1)) == trial(1) == self.find(beside, trial(1))
            beside.add(trial(2))
            assert self.find(again, trial(2)) == trial(2)

    @pytest.mark.slow
    def test_several_processes_may_create_it(self, where: str) -> None:
        go([start(OPENS, where, number) for number in range(4)])
        with Store(where, must_exist=True) as store:
            assert sorted(store.runs()["seed"]) == [0, 1]

    @pytest.mark.slow
    @pytest.mark.parametrize("script", [ADDS, ADDS_AT_ONCE], ids=["one by one", "at once"])
    def test_a_fact_that_several_processes_enter_is_one_fact(self, where: str, script: str) -> None:
        Store(where).close()
        writers = self.writers if script is ADDS else 3
        first, *others = go([start(script, where, number) for number in range(writers)])
        assert others == [first] * (writers - 1)
        with Store(where) as store:
            losses = store.evaluations()["loss"]
        assert len(losses) == (150 if script is ADDS else 2000)
        assert set(losses) <= set(range(writers))

    @pytest.mark.slow
    def test_killing_a_process_loses_nothing_that_it_had_kept(self, where: str) -> None:
        for _ in range(2):
            process = start(SEARCHES, where, 0)
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write("\n")
            process.stdin.flush()
            told = [int(process.stdout.readline()) for _ in range(60)]
            process.kill()
            # read, not communicate: that would miss what readline has taken from the pipe ahead of time
            last = max([*told, *map(int, process.stdout.read().split())])
            process.communicate()
            with Store(where, must_exist=True) as store:
                run = store.run(RUN, budget=1)
                steps, checkpoint = store.steps(run), store.checkpoint(run)
            # The process may have been killed between keeping and telling.
            assert len(steps) - last in (0, 1)
            assert [step.trial.metrics["loss"] for step in steps] == list(range(1, len(steps) + 1))
            assert checkpoint is not None
            assert checkpoint[0] - last in (0, 1) and checkpoint[1] == b"%d" % checkpoint[0]

    @pytest.mark.slow
    def test_a_thousand_facts_a_second(self, where: str) -> None:
        many = [trial(width) for width in range(5000)]
        with Store(where) as store:
            started = perf_counter()
            store.add_all(many)
            seconds = perf_counter() - started
        assert seconds < 5.0
