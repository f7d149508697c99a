"""A PostgreSQL server of one's own for a while, as tests and benchmarks want one; it can be stopped and started."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from nasbench_pose.errors import StoreError

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
"""The program that controls a server, in each version that Debian's packages have installed; the newest is last."""


class TemporaryServer:
    """A server that listens on a socket in its folder only; see `temporary_server`."""

    def __init__(self, folder: Path, connections: int) -> None:
        self.folder = folder
        self.url = f"postgresql://me@/postgres?host={folder}"
        self._settings = f"-k {folder} -c listen_addresses='' -c max_connections={connections}"
        self._run("initdb", "-U", "me", "-A", "trust", "--no-sync", "--locale=C", "-E", "UTF8")
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._run("pg_ctl", "-w", "-l", self.folder / "log", "-o", self._settings, "start")

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop it: `fast` ends every connection, `immediate` is a crash, after which the next start recovers."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(PROGRAMS[-1].with_name(program)), "-D", str(self.folder / "data"), *map(str, arguments)]
        # The server keeps what it inherits open, so its output goes to a file, not to a pipe that somebody waits for.
        with tempfile.TemporaryFile() as output:
            ended = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", timeout=90,
                **an_ordinary_user(),
            )  # fmt: skip
            output.seek(0)
            if ended.returncode:
                raise StoreError(f"{program} failed: {' '.join(output.read().decode().split())}")


def an_ordinary_user() -> dict[str, Any]:
    """Return what makes a subprocess one of a user without privileges: PostgreSQL refuses root, permissions do not."""
    if os.geteuid():
        return {}
    import pwd

    user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextmanager
def ordinary_folder() -> Iterator[Path]:
    """Yield a new folder that an ordinary user owns, with a path that is short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="poses", dir="/tmp"))
    try:
        if who := an_ordinary_user():
            os.chown(folder, who["user"], who["group"])
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def temporary_server(connections: int = 100) -> Iterator[TemporaryServer]:
    """Yield a server that takes so many connections; it is stopped and deleted at the end of the block.

    Raises StoreError where no PostgreSQL server is installed.
    """
    if not PROGRAMS:
        raise StoreError("No PostgreSQL server is installed here: apt-get install postgresql.")
    with ordinary_folder() as folder:
        server = TemporaryServer(folder, connections)
        try:
            yield server
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                server.stop("immediate")
