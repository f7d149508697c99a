"""Worker processes: how they end, and Ctrl-C while they start."""

import signal
from multiprocessing.connection import Connection

import pytest

from nasbench_pose.search.processes import _delayed_interrupt, start, worker_pool


def returns(_: Connection) -> None:
    """A task that is done at once."""


def test_a_process_whose_task_is_done_ends_though_its_parent_lives() -> None:
    with worker_pool() as pool:
        process = pool[start(pool, returns)]
        process.join(50)
        assert process.exitcode == 0


def test_an_interrupt_waits_for_the_end_of_the_block() -> None:
    ended = False
    with pytest.raises(KeyboardInterrupt), _delayed_interrupt():
        signal.raise_signal(signal.SIGINT)
        ended = True
    assert ended
