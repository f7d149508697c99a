"""What is around a program: a reader that goes away, no home, a clock that goes back, a file system of a network."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from contracts.store import RUN, trial
from database_files import made

from analysis._disturbed import Disturbed
from nasbench_pose.store import Store
from nasbench_pose.store.engine import network_of


def program(*arguments: object, **environment: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "nasbench_pose", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    with Store(tmp_path / "runs.db") as store:
        store.run(RUN, budget=1)
    process = program("runs", "--db", tmp_path / "runs.db", **os.environ)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert (process.wait(60), process.stderr.read()) == (1, "")
    process.stderr.close()


@pytest.mark.slow
@pytest.mark.parametrize("home", [{}, {"HOME": "/nowhere"}])
def test_a_program_needs_no_home(home: dict[str, str], tmp_path: Path) -> None:
    made(tmp_path / "runs.db")
    environment = {name: value for name, value in os.environ.items() if name not in ("HOME", "XDG_CACHE_HOME")}
    process = program("db", "check", tmp_path / "runs.db", **environment | home)
    printed, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, ""), printed


def test_a_clock_that_goes_back_by_an_hour_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, comparison = (Disturbed(tmp_path / name, str(tmp_path / f"{name}.db"), budget=8) for name in ("a", "b"))
    for each in (whole, comparison):
        each.folder.mkdir()
    whole.finish()
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() - 3600 * (len(comparison.measured) > 8))
    comparison.finish()
    assert now() - time.time() > 3000, "it went back"
    assert (comparison.lost, comparison.repeated) == (0, 0) and comparison.steps().equals(whole.steps())


MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /home rw,relatime shared:2 - nfs4 server:/export/home rw,vers=4.2
31 30 8:2 / /home/me/local\\040disk rw,relatime - xfs /dev/sdb1 rw
"""


@pytest.mark.parametrize(
    ("path", "kind"), [("/home/me/runs.db", "nfs4"), ("/home/me/local disk/runs.db", None), ("/tmp/runs.db", None)]
)
def test_a_file_system_of_a_network_is_known_by_its_mount(path: str, kind: str | None, tmp_path: Path) -> None:
    (tmp_path / "mountinfo").write_text(MOUNTS)
    assert network_of(Path(path), tmp_path / "mountinfo") == kind


def test_where_mounts_are_not_known_nothing_is_said(tmp_path: Path) -> None:
    assert network_of(tmp_path / "runs.db", tmp_path / "nothing") is None


def test_a_database_on_a_network_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("nasbench_pose.store.engine.network_of", lambda _: "nfs4")
    for _ in range(2):
        with Store(tmp_path / "runs.db") as store:
            store.add(trial(1))
    assert caplog.messages == [
        f"{tmp_path / 'runs.db'} is on a file system of a network (nfs4), where several machines that write to one "
        "SQLite file damage it: let one machine write, or use a PostgreSQL server."
    ]
