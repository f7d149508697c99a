"""`nasbench-pose cost --counters` and `--module`: what is printed, and what is wrong in one line."""

import json
import sys
from pathlib import Path

import pytest
import torch

from nasbench_pose.cli import main
from nasbench_pose.cost.counters import COUNTERS, compare, selected
from nasbench_pose.network import build
from nasbench_pose.network.onnx import to_onnx
from nasbench_pose.spaces import find

NETS = """
import torch
from torch import nn

class MyConv(nn.Conv2d):
    pass

def make():
    return nn.Sequential(MyConv(3, 8, 3), nn.BatchNorm2d(8), nn.ConvTranspose2d(8, 4, 4, 2, 1))

def with_inputs():
    return nn.Linear(7, 5), torch.zeros(2, 7)

def numbers():
    return [1, 2]

def needs_more(width):
    return nn.Linear(width, width)

def fourier():
    return Fourier(1)

class Fourier(nn.Module):
    def __init__(self, times):
        super().__init__()
        self.times = times
    def forward(self, x):
        for _ in range(self.times):
            x = torch.fft.fft2(x.to(torch.complex64)).real
        return x

def with_fourier():
    return nn.Sequential(nn.Conv2d(3, 8, 3), Fourier(2))

rules = {"aten::_fft_c2c": lambda args, result: 5 * args[0].numel()}

class Keywords(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
    def forward(self, *, image, mode="tensor"):
        return {"features": self.conv(image), "mode": mode}

def keywords():
    return Keywords(), {"image": torch.zeros(1, 3, 64, 64)}

def both():
    return Keywords(), (), {"image": torch.zeros(1, 3, 64, 64), "mode": "loss"}

def half():
    return nn.Conv2d(3, 8, 3).half()

def on_meta():
    return nn.Conv2d(3, 8, 3, device="meta"), torch.zeros(1, 3, 64, 64)

class in_a_class:
    @staticmethod
    def make():
        return nn.Conv2d(3, 8, 3)

instance = nn.Sequential(nn.Conv2d(3, 8, 3))

def chatty():
    print("made")
    class Chatty(nn.Conv2d):
        def forward(self, x):
            print("run")
            return super().forward(x)
    return Chatty(3, 8, 3)

def with_a_table():
    return nn.Linear(7, 5), {"x": torch.zeros(2, 7)}

def product():
    class Product(nn.Module):
        def forward(self, x):
            return x @ x.transpose(2, 3)
    return Product()

nothing = None
"""


@pytest.fixture(autouse=True)
def nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "user_nets.py").write_text(NETS)
    (tmp_path / "user_broken.py").write_text("import no_such_package")
    monkeypatch.chdir(tmp_path)


def test_json_is_a_list_of_readings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "micro-middle", "--input", "64x64", "--counters", "all", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    network = build(find("micro-middle"), input=(64, 64))
    readings = compare(network, (torch.zeros(1, 3, 64, 64),), COUNTERS.values())
    assert [entry["counter"] for entry in printed] == list(COUNTERS)
    for entry, reading in zip(printed, readings, strict=True):
        assert (entry["value"], entry["unit"], entry["remainder"]) == (reading.value, reading.unit, 0)
        assert (entry["macs_difference"], entry["explained"]) == (reading.macs_difference, reading.explained)


def test_the_table_adds_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "simplebaseline-r26-narrow", "--input", "64x64", "--counters", "all"]) == 0
    title, _, head, *rows = capsys.readouterr().out.splitlines()
    assert title.endswith("MACs, exact")
    assert head.split()[0] == "counter"
    numbers = [(row.startswith(" "), int(row.split()[-1].replace(",", ""))) for row in rows]
    starts = [i for i, (part, _) in enumerate(numbers) if not part]
    assert [rows[i].split()[0] for i in starts] == list(COUNTERS)
    for start, stop in zip(starts, [*starts[1:], len(rows)], strict=True):
        assert numbers[start][1] == sum(number for _, number in numbers[start + 1 : stop])


def test_a_module_of_the_current_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "--module", "user_nets:make", "--input", "64x48", "--json"]) == 0
    out = json.loads(capsys.readouterr().out)
    assert (out["params"], out["macs"]) == (224 + 16 + 516, 62 * 46 * (8 * 27 + 8 * 4 * 16))
    assert main(["cost", "--module", "user_nets:make", "--counters", "thop"]) == 0
    assert "thop miscounts conv in a subclass: MyConv" in capsys.readouterr().err


def test_a_module_needs_no_option(capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for named in (["user_nets:make"], ["--module", "user_nets:make"]):
        assert main(["cost", *named, "--input", "64x48", "--counters", "all"]) == 0
        printed.append(capsys.readouterr())
    assert printed[0] == printed[1]
    assert "user_nets:make (Sequential)" in printed[0].out


def test_products_without_a_rule_are_no_silent_zero(capsys: pytest.CaptureFixture[str]) -> None:
    macs = 3 * 4 * 4 * 5
    assert main(["cost", "user_nets:product", "--input", "4x5", "--counters", "thop,torch", "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == f"Warning: thop counts nothing for matmul: {macs} MACs.\n"
    assert [entry["explained"] for entry in json.loads(out)] == [{"matmul": -macs}, {}]
    for convention, warned in (("hrnet", 1), ("macs", 0)):
        assert main(["cost", "user_nets:product", "--input", "4x5", "--convention", convention]) == 0
        assert capsys.readouterr().err == f"Warning: hrnet counts nothing for matmul: {macs} MACs.\n" * warned


@pytest.mark.parametrize("counters", [[], ["--counters", "fvcore,torch"]])
def test_what_a_module_prints_is_kept_apart(counters: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "user_nets:chatty", "--input", "8x8", "--json", *counters]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)
    assert err.startswith("made\nrun\n")


def test_a_factory_may_bring_its_inputs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "--module", "user_nets:with_inputs", "--layers"]) == 0
    out = capsys.readouterr().out
    assert "input 2×7" in out
    assert "linear" in out
    assert out.split()[-1] == "70"


@pytest.mark.parametrize("name", ["keywords", "both", "instance", "half", "in_a_class.make", "on_meta"])
def test_what_a_factory_may_return(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "--module", f"user_nets:{name}", "--json", "--input", "64x64"]) == 0
    out = json.loads(capsys.readouterr().out)
    assert (out["macs"], out["params"], out["missing"]) == (62 * 62 * 8 * 27, 224, [])


def test_inputs_of_a_factory_win_over_the_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "user_nets:with_inputs", "--input", "32x32"]) == 0
    out, err = capsys.readouterr()
    assert "input 2×7" in out
    assert err == "Warning: user_nets:with_inputs returns its own inputs; --input 32×32 is not used.\n"


def test_an_operation_without_a_rule_is_said_and_the_rest_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "user_nets:with_fourier", "--input", "8x8", "--json"]) == 0
    out, err = capsys.readouterr()
    counted = json.loads(out)
    assert counted["macs"] == 6 * 6 * 8 * 27
    assert counted["missing"] == [{"operation": "aten::_fft_c2c", "where": "1 (Fourier)", "times": 2}]
    assert err.startswith("Warning: aten::_fft_c2c in 1 (Fourier) (2 times) may have products, has no cost rule")


def test_a_rule_of_ones_own(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["cost", "user_nets:with_fourier", "--input", "8x8", "--json", "--strict", "--rule", "user_nets:rules"]
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert (json.loads(out)["macs"], json.loads(out)["missing"], err) == (6 * 6 * 8 * 27 + 2 * 5 * 8 * 6 * 6, [], "")


def test_an_onnx_file_is_counted_by_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = build(find("micro-smallest"), input=(64, 64)).eval()
    (tmp_path / "net.onnx").write_bytes(to_onnx(network, (torch.zeros(1, 3, 64, 64),)))
    assert main(["cost", "net.onnx", "--counters", "all", "--json"]) == 0
    out, err = capsys.readouterr()
    assert [entry["remainder"] for entry in json.loads(out)] == [0] * len(COUNTERS)
    assert err.count("the counter has not run") == 1
    assert all("the counter has not run" in entry["warnings"][0] for entry in json.loads(out))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Give a GENOTYPE, or an ONNX file, or --module: one of them."),
        (["hrnet-w32", "--module", "user_nets:make"], "one of them"),
        (["--module", "user_nets"], "'user_nets' does not name a factory; expected 'package.module:function'"),
        (["--module", "hrnet:width=32"], "'hrnet:width=32' does not name a factory"),
        (["--module", "user_nets:mak"], "The factory 'user_nets:mak' cannot be imported"),
        (["--module", "no_such_module:make"], "cannot be imported: No module named 'no_such_module'"),
        (["--module", "user_broken:make"], "cannot be imported: No module named 'no_such_package'"),
        (["--module", "user_nets:nothing"], "'user_nets:nothing' is no function but NoneType"),
        (["--module", "user_nets:numbers"], "user_nets:numbers returns list, not a torch.nn.Module"),
        (["--module", "user_nets:needs_more"], "user_nets:needs_more() fails: TypeError: needs_more() missing 1"),
        (
            ["--module", "user_nets:fourier", "--strict"],
            "aten::_fft_c2c in the root (Fourier) (once) may have products",
        ),
        (["--module", "user_nets:fourier", "--strict", "--counters", "torch"], "aten::_fft_c2c in the root (Fourier)"),
        (
            ["--module", "user_nets:make", "--rule", "user_nets:nothing"],
            "is a NoneType; expected a mapping",
        ),
        (["hrnet-w32", "--rule", "user_nets:rules"], "--rule is for torch modules only"),
        (["user_nets:with_a_table"], "Linear does not run on an input of dict: "),
        (["user_nets:mak"], "The factory 'user_nets:mak' cannot be imported"),
        (["no_such_module.nets:make"], "cannot be imported: No module named 'no_such_module'"),
        (["hrnet:w32"], "'w32' in the genotype 'hrnet:w32' is not of the form gene=value"),
        (["user_nets:make", "--module", "user_nets:make"], "one of them"),
        (["user_nets:make", "--keys", "sqlite:///x.db"], "--joints and --keys are for genotypes only"),
        (["--module", "user_nets:make", "--input", "1x1"], "Sequential does not run on an input of 1×3×1×1"),
        (["--module", "user_nets:make", "--joints", "16"], "--joints and --keys are for genotypes only"),
        (["--module", "user_nets:make", "--convention", "thob"], "No convention named 'thob'"),
        (["micro-middle", "--convention", "thob", "--counters", "all"], "Did you mean 'thop'?"),
        (["micro-middle", "--counters", "fvcor"], "No counter named 'fvcor'"),
        (["micro-middle", "--counters", "all", "--layers"], "--counters and --layers exclude each other"),
        (["none.onnx"], "No such file or directory: none.onnx"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert says in err


def test_a_counter_that_is_not_installed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.modules[selected.__module__], "installed", lambda counter: counter.needs != "ptflops")
    assert main(["cost", "micro-smallest", "--input", "64x64", "--counters", "all", "--json"]) == 0
    out, err = capsys.readouterr()
    assert [entry["counter"] for entry in json.loads(out)] == ["fvcore", "thop", "torch"]
    assert err == "Left out: ptflops is not installed: pip install 'nasbench-pose[counters]'.\n"
    assert main(["cost", "micro-smallest", "--counters", "ptflops"]) == 2
    assert "nasbench-pose[counters]" in capsys.readouterr().err
