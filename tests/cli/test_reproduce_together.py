"""EfficientPose by two processes, as torchrun starts them: one searches, both train, and the same command continues."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree, ignore_patterns
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import torch
import torch.multiprocessing as mp
from commands import call
from safetensors.torch import load_file

from nasbench_pose.errors import StoppedError
from nasbench_pose.evaluators import checkpoints
from nasbench_pose.evaluators.processes import Processes
from nasbench_pose.reproduce import efficientpose, searching
from nasbench_pose.reproduce.searching import Keeping, all_found
from nasbench_pose.spaces import find

SMALL = ("--input", "32x32", "--set", "protocol.batch=4", "--steps", "2", "--search-steps", "4", "--networks", "A")


def member(rank: int, port: int, data: str, folder: Path) -> None:
    """Do what one of two processes does: the whole, and after the same searches the training in two parts."""
    torch.set_num_threads(1)
    efficientpose.ASKS = 2
    given = {"RANK": str(rank), "WORLD_SIZE": "2", "LOCAL_RANK": str(rank), "LOCAL_WORLD_SIZE": "2"}
    os.environ.update(given, MASTER_ADDR="127.0.0.1")
    command = ("reproduce", "efficientpose", "--data", data, *SMALL, "--sic", "with", "--out")
    begun = folder / "parts" / "A"
    runs: list[tuple[str, Callable[[], str]]] = [
        ("whole", lambda: ""),
        ("parts", lambda: "SIGTERM" if rank == 1 and begun.is_dir() else ""),
        ("parts", lambda: ""),
    ]
    for number, (out, stop) in enumerate(runs):
        os.environ["MASTER_PORT"] = str(port + number)
        if number == 1 and rank == 0:  # the other one waits for it before it reads the folder
            copytree(folder / "whole", folder / "parts", ignore=ignore_patterns("A", "results.*"))
        checkpoints.stopped_by_signals = asked(stop)  # type: ignore[assignment]
        status, printed, err = call(*command, out, cwd=folder)
        (folder / f"{number}-{rank}").write_text(f"{status}\n{printed}\n{err}")


def asked(stop: Callable[[], str]) -> Callable[[], object]:
    """Return a stand-in for `stopped_by_signals`."""

    @contextmanager
    def stand_in() -> Iterator[Callable[[], str]]:
        yield stop

    return stand_in


@pytest.mark.slow
def test_two_processes_reproduce_and_go_on_after_a_stop(tmp_path: Path, real_data: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mp.spawn(member, (port, f"coco:{real_data / 'coco_mini'},train=8", tmp_path), nprocs=2)  # type: ignore[no-untyped-call]
    said = {(number, rank): (tmp_path / f"{number}-{rank}").read_text() for number in range(3) for rank in range(2)}
    for number in (0, 2):
        assert said[number, 0].startswith("0\n") and "A, ours" in said[number, 0] and said[number, 1] == "0\n\n"
    assert "Stopped by a signal to another process after step 1" in said[1, 0], said[1, 0]
    assert said[1, 1] == "130\n\nError: Stopped by SIGTERM.\n"
    whole, parts = (load_file(tmp_path / name / "A" / "weights.safetensors") for name in ("whole", "parts"))
    torch.testing.assert_close(parts, whole, rtol=0, atol=0)
    tables = [pd.read_csv(tmp_path / name / "results.csv") for name in ("whole", "parts")]
    assert tables[0].equals(tables[1]) and '"processes": 2' in (tmp_path / "whole" / "A" / "card.json").read_text()


def test_each_search_is_done_by_one_process_and_waited_for_by_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan: Any = SimpleNamespace(searches=[searching.Search(name, name, (name,)) for name in "abc"])
    done: list[tuple[int, str]] = []
    waits: list[float] = []

    def found(_: object, search: searching.Search, folder: Path, __: object) -> dict[str, object]:
        done.append((rank, search.name))
        (folder / f"{search.name}.json").touch()
        return {search.name: find("micro-smallest")}

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        (tmp_path / "b.json").touch()

    monkeypatch.setattr(searching, "found_networks", found)
    rank = 0
    assert set(all_found(plan, tmp_path, Keeping(sleep=sleep), Processes(0, 2))) == set("abc")
    assert done[:2] == [(0, "a"), (0, "c")] and waits == [1.0]
    done.clear()
    rank = 1
    all_found(plan, tmp_path, Keeping(sleep=sleep), Processes(1, 2))
    assert done[0] == (1, "b") and len(waits) == 1
    (tmp_path / "a.json").unlink()
    with pytest.raises(StoppedError, match=r"Stopped by SIGTERM\."):
        all_found(plan, tmp_path, Keeping(stop=lambda: "SIGTERM"), Processes(1, 2))
