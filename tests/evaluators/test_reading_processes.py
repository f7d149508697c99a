"""Processes that read photographs serve their parent to the end of its step, also after a signal to all of them."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from nasbench_pose.evaluators.protocol import PROTOCOLS
from nasbench_pose.evaluators.streaming import StreamedBatches
from nasbench_pose.pose.photographs import placed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_reading_process_goes_on_after_a_signal(number: signal.Signals, real_data: Path) -> None:
    pytest.importorskip("cv2")
    protocol = replace(PROTOCOLS["hrnet-coco"], input=(64, 48), batch=2)
    crowd = placed(f"coco:{real_data / 'coco_mini'}", "train", (64, 48), corner=True)
    before = signal.signal(signal.SIGINT, lambda *_: None)  # as in a training, which notes the signal
    try:
        batches = StreamedBatches(crowd, protocol, 5, torch.device("cpu"), loaders=1)
        next(batches)
        (process,) = batches._waiting[0]._workers  # type: ignore[attr-defined]
        os.kill(process.pid, number)
        for _ in range(8):  # more than are made ahead
            assert len(next(batches).images) == 2
        assert process.is_alive()
        batches.load_state_dict({"next": 0})
        process.join(10)
        assert process.exitcode == 0
    finally:
        signal.signal(signal.SIGINT, before)


ENDS = """
import sys, torch
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.streaming import StreamedBatches, chunks
from nasbench_pose.pose.photographs import placed

crowd = placed(sys.argv[1], "train", (64, 48), corner=True)
batches = StreamedBatches(crowd, Protocol(batch=2), 5, torch.device("cpu"), loaders=1)
next(batches), next(chunks(crowd, 2, torch.device("cpu"), loaders=1))
raise ValueError("of the caller")
"""


@pytest.mark.slow
def test_an_error_of_the_caller_does_not_wait_for_reading_processes(real_data: Path) -> None:
    pytest.importorskip("cv2")
    started = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-c", ENDS, f"coco:{real_data / 'coco_mini'}"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1 and ended.stderr.endswith("ValueError: of the caller\n")
    assert time.monotonic() - started < 50  # the processes live for a minute after the signal of the parent's exit
