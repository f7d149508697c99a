"""The cost of faults in a comparison: `reliability.md`, one row per fault.

A comparison of four searches and the hand-made networks is disturbed repeatedly, at random moments, and compared with
an undisturbed one. After a fault of the machine the same command is run again until it ends. A running comparison
survives a fault of the database server. Without a PostgreSQL server those rows are left out.
"""

import os
import random
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sqlalchemy import create_engine, text

from analysis._connections import connections
from analysis._damage import TRIALS, Damages, damages
from analysis._disturbed import Disturbed, Running
from nasbench_pose.store.temporary_server import PROGRAMS, TemporaryServer, temporary_server

ROUNDS = 6
"""Comparisons for each fault of a process, times a comparison is disturbed for each fault of a server."""
AWAY = 30.0
"""Seconds for which a server is stopped."""
DAMAGES = 100
"""Damaged copies of a database for each kind of damage."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of one kind of fault."""

    tried: int
    """Times that the fault happened."""
    again: int
    """Measurements that were begun a second time."""
    lost: int
    """Trials that were measured and are not in the database at the end."""
    equal: bool
    """Whether all steps are those of the comparison that nothing happened to."""


def main(out: Path, budget: int = ROUNDS) -> list[Path]:
    """Try every fault `budget` times and write the table into `out`; a small `budget` makes the pauses shorter, too."""
    rows: list[tuple[str, Outcome]] = []
    with tempfile.TemporaryDirectory() as folder:
        whole = undisturbed(Path(folder))
        for name, fault in PROCESSES.items():
            rows.append((name, processes(fault, whole, budget, seed=len(rows))))
        if PROGRAMS:
            with temporary_server() as own:
                for name, disturb in SERVERS.items():
                    rows.append((name, server(own, disturb, whole, budget, AWAY if budget >= ROUNDS else 2.0)))
    with tempfile.TemporaryDirectory() as folder:
        damaged = dict(damages(Path(folder), DAMAGES if budget >= ROUNDS else budget))
    table = out / "reliability.md"
    table.write_text(f"{of_faults(rows)}\n\n{of_damages(damaged)}\n", encoding="utf-8")
    return [table]


def undisturbed(folder: Path) -> pd.DataFrame:
    """Return the steps of an undisturbed comparison."""
    comparison = Disturbed(folder, str(folder / "whole.db"))
    comparison.finish()
    return comparison.steps()


def kill_all(running: Running) -> None:
    """Kill all processes at once, as a cluster does at the end of a job."""
    running.kill_group()


def kill_main(running: Running) -> None:
    """Kill the process that was started; its workers end by themselves."""
    running.process.kill()


def terminate(running: Running) -> None:
    """Ask the process that was started to end."""
    running.process.terminate()


def interrupt(running: Running) -> None:
    """Press Ctrl-C: the whole group is interrupted."""
    os.killpg(running.process.pid, signal.SIGINT)


def kill_worker(running: Running) -> None:
    """Kill the worker process that measured last."""
    os.kill(running.workers()[0], signal.SIGKILL)


PROCESSES: dict[str, Callable[[Running], None]] = {
    "`kill -9` of the main process": kill_main,
    "`kill -9` of all processes": kill_all,
    "`kill -9` of a worker": kill_worker,
    "SIGTERM": terminate,
    "Ctrl-C": interrupt,
}


def processes(fault: Callable[[Running], None], whole: pd.DataFrame, rounds: int, seed: int) -> Outcome:
    """Start a comparison repeatedly, each time with the fault at a random moment, and finish it."""
    rng, tried = random.Random(seed), 0
    found: list[Disturbed] = []
    with tempfile.TemporaryDirectory() as name:
        while tried < rounds:
            folder = Path(name) / str(len(found))
            folder.mkdir()
            comparison = Disturbed(folder, str(folder / "runs.db"))
            found.append(comparison)
            for _ in range(min(3, rounds - tried)):
                with comparison.running() as running:
                    if not running.wait_for(rng.randint(1, 12)):
                        break
                    time.sleep(rng.uniform(0, comparison.pause))
                    fault(running)
                    tried += 1
                    running.end()
            comparison.finish()
        equal = all(comparison.steps().equals(whole) for comparison in found)
        return Outcome(tried, sum(each.repeated for each in found), sum(each.lost for each in found), equal)


@dataclass(frozen=True)
class Place:
    """The server of a comparison that runs, and the connections to it."""

    server: TemporaryServer
    cut: Callable[[], int]
    away: float
    """Seconds for which it is stopped."""


def cut(place: Place) -> None:
    """Cut all connections, as a network does."""
    place.cut()


def end_connections(place: Place) -> None:
    """End all connections, as an administrator does."""
    engine = create_engine(place.server.url)
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    with engine.begin() as connection:
        connection.execute(text(f"{query} AND pid <> pg_backend_pid()"))
    engine.dispose()


def stop(place: Place) -> None:
    """Stop the server, and start it after a while."""
    place.server.stop()
    time.sleep(place.away)
    place.server.start()


def crash(place: Place) -> None:
    """Let the server crash and start it at once: it recovers from its log, as a standby does in a failover."""
    place.server.stop("immediate")
    place.server.start()


SERVERS: dict[str, Callable[[Place], None]] = {
    "connections to the server cut": cut,
    "`pg_terminate_backend` of all connections": end_connections,
    "server stopped and started": stop,
    "server crashes and recovers, as in a failover": crash,
}


def server(
    own: TemporaryServer, disturb: Callable[[Place], None], whole: pd.DataFrame, rounds: int, away: float
) -> Outcome:
    """Disturb comparisons on a server; they must finish without help and with equal steps."""
    rng, tried, again, lost, equal = random.Random(rounds), 0, 0, 0, True
    rounds = min(rounds, 3) if disturb is stop else rounds  # it takes long and is one fault each time
    with _through(own) as (url, cut_all):
        while tried < rounds:
            with tempfile.TemporaryDirectory() as name:
                comparison = Disturbed(Path(name), schema(own, url, f"{disturb.__name__}{tried}"))
                with comparison.running() as running:
                    for _ in range(min(4 if disturb is not stop else 1, rounds - tried)):
                        if not running.wait_for(len(comparison.measured) + 1 + rng.randint(1, 5)):
                            break
                        disturb(Place(own, cut_all, away))
                        tried += 1
                    status, errors = running.end()
                equal = equal and status == 0 and "Trying again" in errors and comparison.steps().equals(whole)
                again, lost = again + comparison.repeated, lost + comparison.lost
    return Outcome(tried, again, lost, equal)


@contextmanager
def _through(own: TemporaryServer) -> Iterator[tuple[str, Callable[[], int]]]:
    with (
        tempfile.TemporaryDirectory(prefix="poses", dir="/tmp") as folder,
        connections(Path(folder), own.folder) as through,
    ):
        yield own.url.replace(str(own.folder), folder), through.cut


def schema(own: TemporaryServer, url: str, name: str) -> str:
    """Make an empty schema on the server; return the URL under which it is used as a database."""
    engine = create_engine(own.url)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    engine.dispose()
    return f"{url}&options=-csearch_path%3D{name}"


def of_faults(rows: Sequence[tuple[str, Outcome]]) -> str:
    """Return the outcomes as a table of Markdown."""
    head = "| fault | tried | measured again | trials lost | ended as undisturbed |\n|---|--:|--:|--:|---|"
    lines = [
        f"| {name} | {each.tried} | {each.again} | {each.lost} | {'yes' if each.equal else '**no**'} |"
        for name, each in rows
    ]
    return "\n".join([head, *lines])


def of_damages(found: Mapping[str, Damages]) -> str:
    """Return the outcomes for damaged databases as a table of Markdown."""
    head = (
        "| database | copies | said | harmless | unnoticed | trials saved, mean (least) | untrue trials saved |\n"
        "|---|--:|--:|--:|--:|--:|--:|"
    )
    lines = [head]
    for kind, each in found.items():
        counts = " | ".join(str(each.found[what]) for what in ("said", "harmless", "unnoticed"))
        saved = each.saved or [1.0]
        share = f"{sum(saved) / len(saved):.0%} ({min(saved):.0%})"
        lines.append(f"| {kind} | {sum(each.found.values())} | {counts} | {share} | {each.untrue} |")
    return "\n".join(
        [*lines, "", f"Copies of a database of one search of {TRIALS} trials; a trial is saved with its metrics."]
    )
