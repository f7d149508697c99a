"""Worker processes: how they end, and Ctrl-C while they start."""

import signal
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from nasbench_pose.executors.processes import _delayed_interrupt, start, worker_pool


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


def test_a_script_without_a_guard_is_told_of_it(tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text(
        "import nasbench_pose as nbp\n"
        "nbp.compare('efficientpose_micro', 'random', 'table', budget=1, seeds=1, store='runs.db', workers=2)\n"
    )
    ended = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True)
    assert ended.stderr.splitlines()[-1].endswith('under `if __name__ == "__main__":`.')
    assert "freeze_support" not in ended.stderr
