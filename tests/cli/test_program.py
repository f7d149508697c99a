"""The frame around the commands: three doors to one program, and failures told in one line."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from nasbench_pose import __version__
from nasbench_pose.cli import main
from nasbench_pose.cli._commands import Commands
from nasbench_pose.cli._program import program
from nasbench_pose.errors import NasbenchPoseError

ROOT = Path(__file__).parent.parent.parent
COMMANDS = program.list_commands(None)  # type: ignore[arg-type]


def fail_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the exit status of a program whose every command raises `error`."""

    def callback() -> None:
        raise error

    monkeypatch.setattr(Commands, "get_command", lambda *_: click.Command("failing", callback=callback))
    return main([COMMANDS[0]])


@pytest.mark.parametrize(
    "door", [["cli.py"], ["-m", "nasbench_pose"], [str(Path(sys.executable).parent / "nasbench-pose")]]
)
def test_three_doors_lead_to_one_program(door: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    ran = subprocess.run([sys.executable, *door, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert main(["--help"]) == 0
    assert ran.stdout == capsys.readouterr().out
    assert ran.stdout.startswith("Usage: nasbench-pose ")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"nasbench-pose {__version__}\n"


def test_help_says_in_one_line_what_each_command_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["--help"]) == 0
    listed = capsys.readouterr().out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == COMMANDS
    assert not [line for line in listed if line.endswith("...") or not line.endswith(".")], "too long, or cut off"


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "Commands:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["scoer"], "Did you mean 'score'?"),
        (["--hlep"], "No such option '--hlep'. Did you mean '--help'? See 'nasbench-pose --help'."),
        (["score", "mpi"], "No such command 'mpi'. Did you mean 'mpii'? See 'nasbench-pose score --help'."),
        (["score", "mpii"], "Missing option '--truth'. See 'nasbench-pose score mpii --help'."),
    ],
)
def test_a_slip_of_the_finger_is_answered_with_the_nearest_name(
    args: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(args) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("Error: ")
    assert err.endswith(f"{said}\n")


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (NasbenchPoseError("Nothing\nfits."), 2, "Error: Nothing fits.\n"),
        (
            OSError(errno.ENOSPC, "No space left on device", "out/x.svg"),
            2,
            "Error: No space left on device: out/x.svg\n",
        ),
        (OSError(errno.EROFS, "Read-only file system"), 2, "Error: Read-only file system\n"),
        (OSError("odd"), 2, "Error: odd\n"),
        (KeyboardInterrupt(), 130, "\nInterrupted; everything that was finished is stored.\n"),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), 1, ""),
    ],
)
def test_failures_are_one_line_and_a_status(
    error: BaseException, status: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("NASBENCH_POSE_DEBUG", raising=False)
    if isinstance(error, BrokenPipeError):  # click ends the program itself
        with pytest.raises(SystemExit, match=str(status)):
            fail_with(error, monkeypatch)
    else:
        assert fail_with(error, monkeypatch) == status
    assert capsys.readouterr() == ("", said)


def test_the_traceback_is_there_for_whoever_asks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NASBENCH_POSE_DEBUG", "1")
    assert fail_with(NasbenchPoseError("Nothing fits."), monkeypatch) == 2
    err = capsys.readouterr().err
    assert err.startswith("Traceback")
    assert err.endswith("\nError: Nothing fits.\n")


def test_a_mistake_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZeroDivisionError):
        fail_with(ZeroDivisionError(), monkeypatch)


def test_nobody_reading_is_no_drama() -> None:
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run([sys.executable, "-m", "nasbench_pose", "--help"], stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert (ran.returncode, ran.stderr) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_is_said_once() -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run([sys.executable, "-m", "nasbench_pose", "--help"], stdout=full, stderr=subprocess.PIPE)
    assert (ran.returncode, ran.stderr) == (2, b"Error: No space left on device\n")


def test_the_shell_completes_commands() -> None:
    asked = {"_NASBENCH_POSE_COMPLETE": "bash_complete", "COMP_WORDS": "nasbench-pose sc", "COMP_CWORD": "1"}
    ran = subprocess.run(
        [sys.executable, "-m", "nasbench_pose"], env=os.environ | asked, capture_output=True, text=True
    )
    assert ran.stdout == "plain,score\n"


INTERRUPT = "import atexit, os, signal, sys, time\ninterrupt = lambda: os.kill(os.getpid(), signal.SIGINT)\n"
MOMENTS = {
    "start": ("click.py", "interrupt()\n", 130, "\nInterrupted; everything that was finished is stored.\n"),
    "exit": (
        "sitecustomize.py",  # registered when click is imported, so it runs before what was registered earlier
        "class Late:\n"
        "    def find_spec(name, *_):\n"
        "        if name == 'click':\n"
        "            atexit.register(lambda: (interrupt(), time.sleep(9)))\n"
        "sys.meta_path.insert(0, Late)\n",
        130,
        "",
    ),
    "end of the exit": ("sitecustomize.py", "atexit.register(interrupt)\n", 0, ""),
}


@pytest.mark.parametrize("file, code, status, said", MOMENTS.values(), ids=MOMENTS)
def test_ctrl_c_while_the_program_starts_or_exits_has_a_status(
    file: str, code: str, status: int, said: str, tmp_path: Path
) -> None:
    """Click does not see these moments: Python would end by the signal, and print a traceback."""
    (tmp_path / file).write_text(INTERRUPT + code)
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "nasbench_pose", "spaces"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (status, said)


def test_ctrl_c_that_an_imported_library_swallows_still_ends_the_program(tmp_path: Path) -> None:
    swallow = "import os, signal\ntry:\n    os.kill(os.getpid(), signal.SIGINT)\n    all([1, 2])\nexcept:\n    pass\n"
    (tmp_path / "swallows.py").write_text(f"{swallow}from torch.nn import Identity as make\n")
    command = [sys.executable, "-m", "nasbench_pose", "cost", "--module", "swallows:make"]
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "\nInterrupted; everything that was finished is stored.\n"


def test_missing_folders_of_outputs_are_made_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for option, name in (("--out", "a/f.svg"), ("--out", "b/c/f.svg")):
        main(["draw", "micro-smallest", option, str(tmp_path / name)])
        assert f"made the folder {(tmp_path / name).parent}\n" in capsys.readouterr().err
        assert (tmp_path / name).exists()
    for number, where in enumerate((str(tmp_path / "d" / "runs.db"), f"sqlite:///{tmp_path}/e/runs.db?timeout=3")):
        main(["evaluate", "no-such-genotype", "--db", where])
        assert f"made the folder {tmp_path / 'de'[number]}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "instead"),
    [
        (["compare", "efficientpose_micro"], "--workers and --executor use several processes"),
        (["evaluate", "micro-smallest"], "without torchrun, or use train"),
        (["spaces"], "start it without torchrun. Only train and reproduce divide"),
    ],
)
def test_a_command_that_torchrun_would_repeat_is_refused_once(
    args: list[str], instead: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    for rank, status, lines in (("0", 2, 1), ("1", 0, 0)):
        monkeypatch.setenv("RANK", rank)
        assert main(args) == status
        out, err = capsys.readouterr()
        assert (out, err.count("\n"), instead in err) == ("", lines, bool(lines))
    monkeypatch.setenv("RANK", "0")
    assert main(["train", "--help"]) == 0
    monkeypatch.setenv("WORLD_SIZE", "1")
    assert main(["cost", "micro-smallest"]) == 0
