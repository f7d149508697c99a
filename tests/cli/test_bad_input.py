"""Whatever is wrong with what a user gives: one line that names it and what would do, and exit status 2."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from commands import TINY, Run, call
from PIL import Image

from nasbench_pose.evaluators.trial import Trial
from nasbench_pose.files import folder
from nasbench_pose.spaces import find
from nasbench_pose.store import Store

MICRO = "efficientpose_micro"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["spaces", "efficientpose_smal"], "Did you mean 'efficientpose_small'?"),
        (["spaces", "nowhere.toml"], "Cannot read the search space 'nowhere.toml': No such file or directory."),
        (["cost", "hrnet-w23"], "Did you mean 'HRNet-W32'?"),
        (["cost", "hrnet-w32", "--convention", "hrnt"], "Did you mean 'hrnet'?"),
        (["cost", "hrnet-w32", "--conventoin", "hrnet"], "Did you mean '--convention'?"),
        (["cost", "efficientpose_small:s1b1=k3_e3"], "A genotype of efficientpose_small needs the gene 's1b2'"),
        (["cost", f"{MICRO}:width"], "'width' in the genotype"),
        (["cost", "hrnet-w32", "--joints", "0"], "0 is not in the range x>=1"),
        (["cost", "0123456789abcdef", "--keys", "no.db"], "No database 'no.db'."),
        (["draw", "hrnet-w32"], "Missing option '--out'"),
        (["draw", "micro-middle", "--out", "a.gif"], "No figure format named '.gif'; known: .pdf, .png, .svg."),
        (["predict", "micro-middle", "--out", "a.txt"], "No output format named '.txt'; known: .json."),
        (["rank", "--out", "a.json"], "No output format named '.json'; known: .csv."),
        (["report", "--db", "runs.db", "--out", "a.svg"], "'a.svg' is neither a folder nor an .html file."),
        (["latency", "table", "efficientpose_micro", "--out", "a.txt"], "No output format named '.txt'; known: .json."),
        (["data", "check", "lspet", "--out", "a.txt"], "No figure format named '.txt'; known: .pdf, .png, .svg."),
        (["score", "coco", "--truth", "a.txt", "--predictions", "b.json"], "a.txt"),
        (["evaluate", "micro-smalest"], "Did you mean 'micro-smallest'?"),
        (["evaluate", "micro-smallest", "--protocol", "defualt"], "Did you mean 'default'?"),
        (["evaluate", "micro-smallest", "--steps", "0"], "0 is not in the range x>=1"),
        (["evaluate", "micro-smallest", "--seed", "-1"], "-1 is not in the range x>=0"),
        (["evaluate", "micro-smallest", "--data", "sinthetic"], "Did you mean 'synthetic'?"),
        (["evaluate", "micro-smallest", "--data", "synthetic:tran=4"], "Did you mean 'train'?"),
        (["evaluate", "micro-smallest", "--data", "synthetic:train=0,val=4,test=4"], "has nobody in its split train"),
        (["evaluate", "micro-smallest", "--data", "lspet:/no/where"], "/no/where/joints.mat does not exist"),
        (["compare", "efficientpose_mikro"], "Did you mean 'efficientpose_micro'?"),
        (["compare", MICRO, "--strategies", "random,evolutoin"], "Did you mean 'evolution'?"),
        (["compare", MICRO, "--strategies", ",", *TINY], "Name at least one strategy"),
        (["compare", MICRO, "--seeds", "0"], "0 is not in the range x>=1"),
        (["compare", MICRO, "--budget", "0"], "0 is not in the range x>=1"),
        (["compare", MICRO, "--budget-seconds", "nan", *TINY], "A budget of core seconds is above 0; not nan."),
        (["compare", MICRO, "--limit", "macs=-5"], "A limit of macs is positive, as counted costs are; not -5."),
        (["compare", MICRO, "--reference", "nan,1"], "'nan,1' is no list of finite numbers, such as 10,8e6."),
        (["compare", MICRO, "--workers", "0"], "0 is not in the range x>=1"),
        (["compare", MICRO, "--macs-limit", "-1"], "-1.0 is not in the range x>=0"),
        (["compare", MICRO, "--macs-limit", "4e6"], "for 4,000,000 MACs, say 4; for no limit, inf"),
        (["compare", MICRO, "--set", "darts", *TINY], "'darts' is not of the form strategy.setting=value"),
        (["compare", MICRO, "--set", "darts.stesp=4", *TINY], "'darts' has no setting 'stesp'"),
        (["compare", MICRO, "--set", "drats.steps=4", *TINY], "Did you mean 'darts'?"),
        (["compare", MICRO, "--set", "darts.data=5", *TINY], "darts.data is a text, not 5"),
        (["compare", MICRO, "--set", "darts.steps=2.5", *TINY], "darts.steps is a whole number, 1 or more, not 2.5"),
        (["compare", MICRO, "--set", "evolution.population=many", *TINY], "is a whole number, 1 or more, not 'many'"),
        (
            ["compare", MICRO, "--set", "evolution.population=0", *TINY],
            "population is a whole number, 1 or more, not 0",
        ),
        (["compare", MICRO, "--data", "lspet"], "'lspet' does not say where lspet is"),
        (["compare", MICRO, "--evaluator", "os:getcwd"], "'os:getcwd' cannot be made of a space: TypeError"),
        (["compare", MICRO, "--evaluator", "builtins:str"], "'builtins:str' makes a str: no evaluator"),
        (["compare", MICRO, "--db", "/dev/null/runs.db"], "'/dev/null/runs.db' cannot be written: File exists"),
        (["compare", MICRO, "--data", "lspet:no", "--db", "a.db"], "no/joints.mat does not exist"),
        (["front", "--db", "runs.db"], "No database 'runs.db'."),
        (["frnt"], "Did you mean 'front'?"),
    ],
)  # fmt: skip
def test_a_slip_is_answered_with_what_would_do(args: list[str], said: str, refused: Run) -> None:
    assert said in refused(*args)


@pytest.mark.parametrize("command", [["cost"], ["draw", "--out", "x.svg"], ["evaluate", *TINY]])
@pytest.mark.parametrize("size", ["0x0", "text", "64", "64x", "-4x64", "6.4x64"])
def test_what_is_no_size(size: str, command: list[str], refused: Run) -> None:
    said = f"'{size}' is not a size; expected HEIGHTxWIDTH in pixels, e.g. 256x192."
    assert said in refused(*command, "micro-middle", "--input", size)


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ("1x1", "input is (1, 1); expected a height and a width of 8 to 2048 pixels"),
        ("50x50", "multiples of 32 pixels fit every network"),
        ("100000x100000", "input is (100000, 100000); expected a height and a width of 8 to 2048 pixels"),
    ],
)
def test_sizes_nothing_can_be_trained_at(size: str, said: str, refused: Run) -> None:
    assert said in refused("evaluate", "micro-smallest", *TINY, "--input", size)


@pytest.mark.parametrize("size", ["1x1", "50x50"])
def test_sizes_at_which_branches_do_not_meet(size: str, refused: Run) -> None:
    for command in (["cost"], ["draw", "--out", "x.svg"]):
        assert "Multiples of 32 fit every network here." in refused(*command, "hrnet-w32", "--input", size)


def test_the_cost_of_a_giant_image_needs_no_memory(run: Run) -> None:
    assert "100000×100000" in run("cost", "hrnet-w32", "--input", "100000x100000")


@pytest.mark.parametrize("text", ["name =", "name = 'x'", "[", "\x00"])
def test_a_broken_search_space(text: str, refused: Run) -> None:
    Path("mine.toml").write_text(text)
    for command in (["spaces"], ["compare"]):
        assert "mine.toml" in refused(*command, "mine.toml")


def test_a_misspelt_key_of_a_search_space(refused: Run) -> None:
    content = (folder("search_spaces") / f"{MICRO}.toml").read_text()
    Path("mine.toml").write_text(content.replace("[genes]", "[geens]"))
    assert "mine.toml:22: unknown key 'geens'" in refused("spaces", "mine.toml")
    assert "Did you mean 'genes'?" in refused("compare", "mine.toml")


def test_files_that_hold_no_genotype(here: Path, refused: Run) -> None:
    (here / "noise").write_bytes(bytes(range(128, 256)))
    (here / "empty").touch()
    for name in ("noise", "empty"):
        assert name in refused("cost", name)
    assert "No genotype named" in refused("cost", str(here))


# Data ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def archive(here: Path) -> Path:
    """Twenty-four people in the layout of LSPET."""
    place = here / "lspet"
    (place / "images").mkdir(parents=True)
    joints = np.random.default_rng(0).uniform(5, 60, (14, 3, 24))
    joints[:, 2] = 1
    scipy.io.savemat(place / "joints.mat", {"joints": joints})
    for number in range(24):
        Image.new("RGB", (64, 64), (number * 9, 90, 30)).save(place / "images" / f"im{number + 1:05d}.jpg")
    return place


def test_the_archive_itself_is_fine(archive: Path, run: Run) -> None:
    assert "LSPET" in run("evaluate", "micro-smallest", "--data", f"lspet:{archive}", "--steps", "2")


@pytest.mark.parametrize("command", [["evaluate", "micro-smallest"], ["compare", MICRO]])
def test_truncated_labels(command: list[str], archive: Path, refused: Run) -> None:
    labels = archive / "joints.mat"
    labels.write_bytes(labels.read_bytes()[: labels.stat().st_size // 2])
    said = refused(*command, "--data", f"lspet:{archive}", "--steps", "2")
    assert f"{labels} cannot be read as a MATLAB file" in said and "unpack the archive again" in said


@pytest.mark.parametrize("damage", ["missing", "truncated", "text"])
@pytest.mark.parametrize("command", [["evaluate", "micro-smallest"], ["compare", MICRO]])
def test_an_image_that_cannot_be_read(damage: str, command: list[str], archive: Path, refused: Run, run: Run) -> None:
    image = archive / "images" / "im00003.jpg"
    if damage == "missing":
        image.unlink()
    else:
        image.write_bytes(image.read_bytes()[:200] if damage == "truncated" else b"no image")
    said = refused(*command, "--data", f"lspet:{archive}", "--steps", "2")
    assert str(image) in said and "skip_bad=1" in said
    run("evaluate", "micro-smallest", "--data", f"lspet:{archive},skip_bad=1", "--steps", "2")


# Databases and folders -------------------------------------------------------------------------------------------


def database(path: Path, sql: str = "") -> Path:
    with Store(path) as store:
        store.add(Trial(find("micro-smallest"), "p", 3, 0, {"val_pckh": 1.0, "macs": 1, "params": 1}))
    if sql:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(sql)
    return path


COMMANDS_WITH_DB = [
    ["front"],
    ["compare", MICRO, *TINY, "--workers", "1", "--strategies", "random"],
    ["evaluate", "micro-smallest", *TINY],
]


@pytest.mark.parametrize("command", COMMANDS_WITH_DB, ids=lambda command: str(command[0]))
def test_databases_that_cannot_be_used(command: list[str], here: Path, refused: Run) -> None:
    newer = database(here / "newer.db", "UPDATE schema_version SET version_num = '0009'")
    assert "was written by a newer nasbench-pose" in refused(*command, "--db", newer)
    (here / "text.db").write_text("hello, this is not a database at all" * 40)
    assert "text.db is not a database" in refused(*command, "--db", here / "text.db")
    assert f"{str(here)!r} is a folder" in refused(*command, "--db", here)
    said = "No folder" if command[0] == "front" else "cannot be written: Not a directory"
    assert said in refused(*command, "--db", here / "text.db" / "no" / "runs.db")
    assert "is neither a file nor a database URL" in refused(*command, "--db", "post gres://x")


@pytest.mark.slow
def test_a_read_only_disk_is_said_once(small_disk: Path, here: Path, run: Run) -> None:
    file = database(small_disk / "runs.db", "PRAGMA journal_mode = DELETE")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    run("front", "--db", file)
    for command in COMMANDS_WITH_DB[1:]:
        status, out, err = call(*command, "--db", file, cwd=here)
        assert (status, out) == (2, "")
        last = err.splitlines()[-1]
        assert last.startswith("Error: ") and last.count("may not be written here") == 1, err
        assert "Traceback" not in err


def test_an_out_that_is_a_file(here: Path, refused: Run) -> None:
    (here / "out").touch()
    assert refused("compare", MICRO, *TINY).startswith(
        "Error: Invalid value for '--out': 'out' cannot be a folder: 'out' is a file."
    )
    refusal = refused("draw", "micro-middle", "--out", "out/net.svg")
    assert refusal.startswith("Error: Invalid value for '--out': 'out/net.svg' cannot be written: File exists.")


@pytest.mark.slow
def test_a_comparison_of_which_nothing_can_be_trained(here: Path) -> None:
    args = ["compare", MICRO, "--strategies", "random", "--budget", "1", "--seeds", "1", *TINY, "--input", "50x50",
            "--workers", "1"]  # fmt: skip
    status, out, err = call(*args, cwd=here)
    assert (status, out) == (2, "")
    assert err.splitlines()[-1].startswith("Error: None of the 5 trials finished; the first error: ")
    assert "Traceback" not in err


def test_not_enough_memory(refused: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_much(*_: object, **__: object) -> None:
        raise MemoryError("Unable to allocate 2.33 TiB")

    monkeypatch.setattr("nasbench_pose.pose.synthetic.generate", too_much)
    said = refused("evaluate", "micro-smallest", "--data", "synthetic:seed=77")
    assert said == "Error: There is not enough memory: Unable to allocate 2.33 TiB.\n"


def test_a_good_search_space_of_ones_own(here: Path, run: Run) -> None:
    shutil.copy(folder("search_spaces") / f"{MICRO}.toml", here / "mine.toml")
    assert run("spaces", "mine.toml") == run("spaces", MICRO)
