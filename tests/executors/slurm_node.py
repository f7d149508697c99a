"""A node of Slurm with a controller of its own: .ci/run installs it; without it the tests are skipped."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

CONFIGURATION = """
ClusterName=one
SlurmctldHost={host}(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
SlurmUser=root
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
SlurmdTimeout=10
KillWait=2
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


@contextmanager
def slurm_node() -> Iterator[Path]:
    """Yield the folder of the daemons; the environment names its configuration meanwhile."""
    if os.geteuid() or not all(map(shutil.which, ("munged", "slurmctld", "slurmd", "sbatch"))):
        pytest.skip("no Slurm here whose daemons may be started")
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="slurm", dir="/tmp"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        for name in ("state", "spool", "munge"):
            (folder / name).mkdir()
        folder.chmod(0o755)
        host = socket.gethostname().partition(".")[0]
        (folder / "slurm.conf").write_text(CONFIGURATION.format(host=host, folder=folder, ports=_free_ports()))
        before = os.environ.get("SLURM_CONF")
        os.environ["SLURM_CONF"] = str(folder / "slurm.conf")
        stack.callback(lambda: os.environ.update(SLURM_CONF=before) if before else os.environ.pop("SLURM_CONF"))
        (folder / "munge" / "key").write_bytes(os.urandom(1024))
        (folder / "munge" / "key").chmod(0o400)
        parts = ("key-file", "socket", "pid-file", "log-file", "seed-file")
        munge = [f"--{part}={folder}/munge/{part.removesuffix('-file')}" for part in parts]
        for command in (["munged", "--force", "--foreground", *munge], ["slurmctld", "-D"], ["slurmd", "-D"]):
            stack.callback(_end, start(command, folder))
        for _ in range(120):
            if subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True, text=True).stdout.strip() == "idle":
                yield folder
                return
            time.sleep(0.5)
        pytest.fail((folder / "slurmctld.log").read_text()[-2000:])


def start(command: list[str], folder: Path) -> "subprocess.Popen[bytes]":
    """Start a daemon in the foreground; its messages go into a file."""
    with (folder / f"{command[0]}.out").open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    time.sleep(0.5)  # munged has to be there before the controller
    return process


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_ports() -> list[int]:
    with socket.socket() as first, socket.socket() as second:
        for each in (first, second):
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in (first, second)]
