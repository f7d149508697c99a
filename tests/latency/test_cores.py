"""Cores and threads: taken for a measurement, given back after it."""

import os
import threading

import pytest
import torch

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.latency.engines import on_cores
from nasbench_pose.latency.machine import Machine, cores, pinned, this_machine

LINUX = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="cores cannot be chosen here")


@LINUX
def test_one_thread_stays_on_one_core_and_gets_all_of_them_back() -> None:
    before = os.sched_getaffinity(0)
    with on_cores(1):
        assert os.sched_getaffinity(0) == {min(before)}
        assert torch.get_num_threads() == 1
    assert os.sched_getaffinity(0) == before


@LINUX
def test_other_threads_are_pinned_too_and_each_goes_back_where_it_was() -> None:
    before = os.sched_getaffinity(0)
    own, stop = {max(before)}, threading.Event()
    other = threading.Thread(target=lambda: (os.sched_setaffinity(0, own), stop.wait()))
    other.start()
    while other.native_id is None or os.sched_getaffinity(other.native_id) != own:
        stop.wait(0.001)
    with pinned(1):
        assert os.sched_getaffinity(other.native_id) == {min(before)}
    assert os.sched_getaffinity(other.native_id) == own
    stop.set()
    other.join()


@LINUX
def test_an_error_inside_gives_everything_back() -> None:
    before, threads = os.sched_getaffinity(0), torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        with pytest.raises(RuntimeError), on_cores(1):
            raise RuntimeError
        assert (os.sched_getaffinity(0), torch.get_num_threads()) == (before, threads + 1)
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("threads", [0, len(cores()) + 1])
def test_more_threads_than_cores_are_refused(threads: int) -> None:
    with pytest.raises(NasbenchPoseError, match=f"{threads} threads do not fit: this process may use"), pinned(threads):
        pass


def test_a_machine_says_what_it_is() -> None:
    machine = this_machine("torch", "numpy")
    assert machine == this_machine("torch", "numpy")
    assert isinstance(machine, Machine)
    assert machine.cpu
    assert machine.cores == os.cpu_count()
    assert dict(machine.libraries)["torch"] == torch.__version__
