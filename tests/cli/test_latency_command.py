"""`latency`: measured, kept, looked up, tabulated, predicted."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from commands import Run, finish

from nasbench_pose import __version__
from nasbench_pose.cli import main
from nasbench_pose.latency import BlockLatency, LatencyProtocol, LatencyTable, Machine
from nasbench_pose.latency.memory import RESET
from nasbench_pose.latency.pieces import pieces, pieces_of_space
from nasbench_pose.spaces import find, load, space_of

QUICK = ("--repeats", "30", "--reference", "micro-smallest")
SPACE = """
name = "tiny"
kind = "chain"
title = "Tiny"
cite = "nobody"
input = [32, 32]
joints = 2

[fixed]
stem = [4, 4]
head = [4]
sic = false
stages = [{ width = 4, blocks = 2, stride = 2 }]

[genes]
s1b1 = ["k3_e1", "k3_e2"]
s1b2 = ["skip", "k3_e1"]
"""


def working(name: str) -> int:
    """Return the number of blocks of a network that are no skips."""
    return sum(piece.computes for _, piece in pieces(space_of(find(name)).graph(find(name))))


def test_a_table_has_a_row_for_each_network(run: Run) -> None:
    head, columns, *rows, reference = run("latency", "micro-smallest", "micro-middle", *QUICK).splitlines()
    assert head.startswith("torch, 1 thread, batch 1, 30 passes each; ")
    assert columns.split()[:4] == ["network", "input", "median", "ms"]
    assert [row.split()[:2] for row in rows] == [["micro-smallest", "64×64"], ["micro-middle", "64×64"]]
    assert reference.startswith("reference micro-smallest, 64×64: ")


def test_latencies_are_looked_up_rather_than_measured_again(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = ("latency", "measure", "micro-smallest", "--json", *QUICK, "--db", tmp_path / "l.db")
    (first,) = json.loads(run(*kept))
    both = json.loads(run(*kept, "micro-middle"))
    assert (both[0], both[1]["seed"]) == (first, 0)
    assert first["protocol"]["machine"]["cores"] > 0
    assert first["latency_ms"] > 0
    monkeypatch.setattr("nasbench_pose.latency.evaluator.measure", None)  # nobody may measure now
    assert json.loads(run(*kept)) == [first]


def test_memory_is_unknown_where_the_system_does_not_say(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nasbench_pose.latency.memory.RESET", RESET.with_name("nothing"))
    assert "unknown" in run("latency", "micro-smallest", *QUICK)


def test_a_busy_machine_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nasbench_pose.latency.timing.Timing.drift", 0.25)
    monkeypatch.setattr("nasbench_pose.latency.memory.RESET", RESET.with_name("nothing"))
    assert main(["latency", "micro-smallest", *QUICK]) == 0
    assert "drifted by +25%: the machine was busy" in capsys.readouterr().err


def test_a_table_of_blocks_is_written_and_checked(tmp_path: Path, run: Run) -> None:
    (tmp_path / "tiny.toml").write_text(SPACE)
    out = tmp_path / "new" / "table.json"
    printed = run("latency", "table", tmp_path / "tiny.toml", "--out", out, "--check", "2", *QUICK)
    assert printed.startswith(f"{out}: 7 blocks of tiny, torch, 1 thread, batch 1, 32×32, ")
    assert "2 whole networks differ from the sum of their blocks by" in printed
    table = json.loads(out.read_text())
    assert table["digest"] == load(tmp_path / "tiny.toml").digest
    assert len(table["blocks"]) == 7
    assert (table["about"]["repeats"], table["about"]["nasbench-pose"]) == ("30", __version__)


def test_sums_are_predicted_without_torch(tmp_path: Path, run: Run) -> None:
    space = load("efficientpose_micro")
    blocks = {piece.key: BlockLatency(name, "", 1.0, 1.0, 1.0) for piece, name in pieces_of_space(space).items()}
    protocol = LatencyProtocol(Machine("cpu", 1, "unknown", ()), space.input, space.joints)
    path = tmp_path / "table.json"
    LatencyTable(space.name, space.digest, protocol, 0.0, blocks).save(path)
    args = ("latency", "predict", "--table", path, "micro-smallest", "micro-largest")
    smallest, largest = json.loads(run(*args, "--json"))
    assert (smallest["latency_ms"], largest["latency_ms"]) == (working("micro-smallest"), working("micro-largest"))
    assert [line.split() for line in run(*args).splitlines()[2:4]] == [
        ["micro-smallest", f"{working('micro-smallest'):.2f}"],
        ["micro-largest", f"{working('micro-largest'):.2f}"],
    ]
    code = (
        f"import sys; from nasbench_pose.cli import main; main({list(map(str, args))}); print('torch' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.endswith("False\n")


def test_files_and_modules_stand_beside_genotypes(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my_nets.py").write_text(
        "import torch\n\ndef make():\n    print('hello')\n    return torch.nn.Conv2d(3, 8, 3)\n"
    )
    run("export", "micro-smallest", "--out", "small.onnx")
    head, _, *rows, _ = run("latency", "small.onnx", "micro-smallest", "--batch", "2", *QUICK).splitlines()
    assert head.startswith("onnxruntime, 1 thread, batch 2, 30 passes each; ")  # an ONNX file runs in nothing else
    assert [row.split()[:2] for row in rows] == [["small.onnx", "2×3×64×64"], ["micro-smallest", "2×3×64×64"]]
    (found,) = json.loads(run("latency", "--module", "my_nets:make", "--input", "16x24", "--json", *QUICK))
    assert (found["network"], found["inputs"]) == ("my_nets:make", {"0": [1, 3, 16, 24]})
    assert found["protocol"]["engine"] == "torch"
    assert found["latency_ms"] > 0


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["none.onnx"], "No such file or directory: none.onnx"),
        (["none.onnx", "--db", "l.db"], "--db keeps latencies of genotypes only"),
        (["no_such_package:make"], "cannot be imported"),
        (["micro-smallest", "--input", "x=1x3x64x64"], "--input NAME=AxBxC is for ONNX files only"),
        (["--module", "torch.nn:Identity", "--input", "x=1x3x64x64"], "is for ONNX files only"),
        (["micro-smallest", "--input", "64x64", "--input", "32x32"], "more than one image size"),
        (["micro-smalest"], "Did you mean 'micro-smallest'?"),
        (["tabel"], "No genotype named 'tabel'"),
        (["micro-smallest", "--engine", "onnxruntim"], "Did you mean 'onnxruntime'?"),
        (["micro-smallest", "--threads", "999"], "999 threads do not fit: this process may use"),
        (["micro-smallest", "--threads", "0"], "0 is not in the range x>=1"),
        (["micro-smallest", "--batch", "0"], "0 is not in the range x>=1"),
        (["micro-smallest", "--repeats", "29"], "29 is not in the range x>=30"),
        (["micro-smallest", "--reference", "micro-midle"], "Did you mean 'micro-middle'?"),
        (["hrnet-w32", "--input", "50x50"], "An input of 50×50 pixels does not fit this network"),
        (["measure"], "Missing argument 'NAMES...'"),
        (["table", "efficientpose_micr", "--out", "t.json"], "Did you mean 'efficientpose_micro'?"),
        (["table", "efficientpose_micro", "--out", "."], "'.' is a folder"),
        (["table", "efficientpose_micro", "--out", "/dev/null/t.json"], "cannot be written"),
        (["predict", "micro-smallest", "--table", "none.json"], "No such file or directory: none.json"),
    ],
)
def test_a_slip_is_answered_with_what_would_do(
    args: list[str], said: str, refused: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert said in refused("latency", *args)


def test_without_onnxruntime_the_extra_is_named(refused: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    said = refused("latency", "micro-smallest", "--engine", "onnxruntime", *QUICK)
    assert said == "Error: This needs onnxruntime: pip install 'nasbench-pose[onnx]'.\n"


def test_the_program_prints_nothing_else(tmp_path: Path) -> None:
    status, out, err = finish("latency", "micro-smallest", "--engine", "onnxruntime", *QUICK, cwd=tmp_path)
    assert status == 0
    assert out.count("\n") == 4
    assert [line for line in err.splitlines() if "busy" not in line] == []
