"""`nasbench-pose data check`: what it prints, draws and refuses."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from archives_on_disk import coco, mpii
from commands import Run
from PIL import Image

from nasbench_pose.cli import main
from nasbench_pose.evaluators.protocol import PROTOCOLS
from nasbench_pose.evaluators.training import Training
from nasbench_pose.pose.splits import SPLITS
from nasbench_pose.spaces import find

Checked = Callable[..., tuple[int, str, str]]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Forty people in the layout of LSPET; the second has a joint outside, the third is the first again."""
    (tmp_path / "images").mkdir()
    joints = np.ones((14, 3, 40))
    joints[:, :2] = np.random.default_rng(0).uniform(5, 60, (14, 2, 40))
    joints[11, 2] = 0
    joints[4, 0, 1] = 99
    scipy.io.savemat(tmp_path / "joints.mat", {"joints": joints})
    for number in range(40):
        colour = (0 if number == 2 else number * 6, 90, 30)
        Image.new("RGB", (64, 64), colour).save(tmp_path / "images" / f"im{number + 1:05d}.jpg")
    return tmp_path


@pytest.fixture
def checked(capsys: pytest.CaptureFixture[str]) -> Checked:
    """Check an archive; return the exit status and what was printed on stdout and stderr."""

    def command(*args: object) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(["data", "check", *map(str, args)])
        return status, *capsys.readouterr()

    return command


def test_it_counts_and_names_what_looks_wrong(archive: Path, run: Run) -> None:
    printed = run("data", "check", f"lspet:{archive}")
    lines = dict(line.strip().split("  ", 1) for line in printed.splitlines() if "  " in line.strip())
    assert sum(map(int, lines["people"].split())) == 40 == sum(map(int, lines["photographs"].split()))
    assert lines["l_wrist"].split() == ["0", "0", "0"] and lines["neck"].split() == lines["people"].split()
    assert lines["outside the photograph"].split() == ["1", "im00002.jpg"]
    assert lines["same photograph twice"].split() == ["2", "im00001.jpg,", "im00003.jpg"]
    assert "hidden" not in printed and "cannot be used: 0" in printed


def test_json_names_everybody(archive: Path, run: Run) -> None:
    printed = json.loads(run("data", "check", f"lspet:{archive}", "--json"))
    assert printed["source"] == f"lspet:{archive}" and printed["skipped"] == []
    assert printed["suspicious"]["same photograph twice"] == ["im00001.jpg", "im00003.jpg"]
    assert sum(printed["joints"]["r_ankle"].values()) == 40 and len(printed["hash"]) == 16
    assert run("data", "check", f"lspet:{archive}", "--json") == run("data", "check", f"lspet:{archive}", "--json")


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_a_contact_sheet_is_drawn(suffix: str, archive: Path, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "figures" / f"sheet{suffix}"
    run("data", "check", f"lspet:{archive}", "--out", out)
    content = out.read_bytes()
    if suffix == ".png":
        with Image.open(out) as image:
            assert image.size[0] == 1600 and len(image.convert("RGB").getcolors(10**6) or ()) > 40
    else:
        assert content.startswith(b"<?xml") and b"same photograph twice: 2 of 2" in content


def test_a_sheet_shows_every_split_and_names_everybody(tmp_path: Path, run: Run) -> None:
    run("data", "check", f"mpii:{mpii(tmp_path / 'mpii', {'annotations.json': 3})}", "--out", tmp_path / "few.svg")
    few = (tmp_path / "few.svg").read_text()
    assert all(f"{split}: 1 of 1" in few for split in SPLITS) and "hollow" not in few
    assert all(f"00000000{number}.jpg" in few for number in range(3))
    run("data", "check", f"coco:{coco(tmp_path / 'coco', {'train': 15, 'val': 2})}", "--out", tmp_path / "more.svg")
    more = (tmp_path / "more.svg").read_text()
    assert "train: 24 of 30" in more and "val: 2 of 2" in more and "test: 2 of 2" in more
    assert "…0000001001.jpg (2 of 2)" in more and "blue: left; hollow: hidden from view" in more


def test_a_sheet_of_nobody_is_a_sheet(archive: Path, tmp_path: Path, run: Run) -> None:
    names = "\n".join(f"im{number:05d}.jpg,val,1" for number in range(1, 41))
    (archive / "split.csv").write_text(f"image,split,suspect\n{names}\n")
    assert "left out: split.csv calls them suspect" in run(
        "data", "check", f"lspet:{archive}", "--out", tmp_path / "sheet.png"
    )


@pytest.mark.parametrize("damage", ["missing", "truncated", "text"])
def test_a_photograph_that_cannot_be_read(damage: str, archive: Path, checked: Checked, run: Run) -> None:
    image = archive / "images" / "im00005.jpg"
    content = image.read_bytes()
    image.unlink()
    if damage != "missing":
        image.write_bytes(content[: len(content) // 2] if damage == "truncated" else b"no image")
    status, printed, said = checked(f"lspet:{archive}")
    assert status == 2 and str(image) in printed
    assert said.startswith("Error: ") and "1 of its annotations and photographs cannot be used" in said
    assert run("data", "check", f"lspet:{archive},skip_bad=1") == printed
    printed = run("data", "check", f"lspet:{archive}", "--skip-bad", "--out", archive / "sheet.png")
    assert "cannot be used: 1" in printed and str(image) in printed and "skip_bad" not in printed


def test_many_that_cannot_be_used_are_listed_up_to_a_number(archive: Path, checked: Checked) -> None:
    for number in range(1, 26):
        (archive / "images" / f"im{number:05d}.jpg").unlink()
    status, printed, said = checked(f"lspet:{archive}")
    assert status == 2 and said.count("\n") == 1 and "25 of its" in said and "--skip-bad" in said
    assert printed.count("is missing.") == 20 and "cannot be used: 25\n" in printed and "  … and 5 more\n" in printed
    status, printed, _ = checked(f"lspet:{archive}", "--json")
    assert status == 2 and len(json.loads(printed)["skipped"]) == 25


def test_nobody_left_to_look_at_is_no_mistake_of_ours(archive: Path, checked: Checked) -> None:
    shutil.rmtree(archive / "images")
    status, printed, _ = checked(f"lspet:{archive}", "--out", archive / "sheet.svg")
    assert status == 2 and "cannot be used: 40" in printed and (archive / "sheet.svg").exists()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["lspet:/no/where"], "/no/where/joints.mat does not exist"),
        (["coco:/no/where"], "There is no folder or file /no/where; expected COCO's folder"),
        (["mpii:/no/where"], "/no/where has none of annot/train.json"),
        (["lspt:/no/where"], "Did you mean 'lspet'?"),
        (["synthetic"], "'synthetic' is drawn, so there is no archive to check"),
        (["lspet:/no/where", "--out", "sheet.gif"], "No figure format named '.gif'"),
        (["lspet:/no/where,val=2"], "expected 'lspet:/no/where'."),
        ([], "Missing argument 'SOURCE'"),
    ],
)
def test_a_slip_is_answered_with_what_would_do(args: list[str], said: str, refused: Run) -> None:
    assert said in refused("data", "check", *args)


def test_truncated_labels(archive: Path, refused: Run) -> None:
    labels = archive / "joints.mat"
    labels.write_bytes(labels.read_bytes()[: labels.stat().st_size // 2])
    assert f"{labels} cannot be read as a MATLAB file" in refused("data", "check", f"lspet:{archive}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folder", "size", "title"), [("coco_mini", "256x192", "COCO 256×192"), ("mpii_samples", "256x256", "MPII 256×256")]
)
def test_networks_train_on_it(folder: str, size: str, title: str, real_data: Path, run: Run) -> None:
    people = f"{folder.partition('_')[0]}:{real_data / folder}"
    call = ["evaluate", "micro-smallest", "--data", people, "--input", size, "--steps", "2", "--protocol", "mse"]
    assert title in run(*call)
    printed = json.loads(run(*call, "--json"))
    assert printed["train_loss"] > 0 and printed["protocol"]["data"] == people.partition(":")[0]


@pytest.mark.slow
@pytest.mark.parametrize(("folder", "recipe"), [("coco_mini", "hrnet-coco"), ("mpii_samples", "hrnet-mpii")])
def test_hrnets_own_recipes_train(folder: str, recipe: str, real_data: Path) -> None:
    few = replace(PROTOCOLS[recipe], steps=2, batch=4)
    evaluator = Training(f"{folder.partition('_')[0]}:{real_data / folder}", few)()
    trial = evaluator.evaluate(find("micro-smallest"), fidelity=2, seed=0)
    assert trial.error is None and np.isfinite(trial.metrics["train_loss"])


def test_a_skeleton_of_ones_own_is_drawn_and_told(tmp_path: Path, checked: Checked) -> None:
    rng, held = np.random.default_rng(0), {"images": [], "annotations": []}
    (tmp_path / "photos").mkdir()
    for n in range(6):
        Image.fromarray(rng.integers(0, 255, (90, 90, 3), dtype=np.uint8)).save(tmp_path / "photos" / f"{n}.png")
        held["images"].append({"id": n, "file_name": f"{n}.png", "width": 90, "height": 90})
        joints = np.c_[rng.uniform(10, 80, (3, 2)), [2, 2, 1]].ravel().tolist()
        held["annotations"].append({"image_id": n, "category_id": 2, "keypoints": joints, "bbox": [5, 5, 80, 80]})
    names = {"keypoints": ["left_tip", "right_tip", "palm"], "skeleton": [[1, 3], [2, 3]]}
    held["categories"] = [{"id": 2, "name": "hand", **names}]
    (tmp_path / "mine.json").write_text(json.dumps(held))
    source = f"coco:{tmp_path},train=mine.json,images=photos"
    status, printed, _ = checked(source, "--out", tmp_path / "sheet.svg")
    assert status == 0 and "skeleton hand, 3 joints, 1 pairs of left and right, 2 bones; PCK@0.2 of the box" in printed
    assert "hollow: hidden from view" in (tmp_path / "sheet.svg").read_text()


@pytest.mark.parametrize("size", [(7, 7), (300, 400)])
def test_photographs_of_another_size_end_no_check(size: tuple[int, int], tmp_path: Path, checked: Checked) -> None:
    archive = coco(tmp_path / "coco", {"train": 6})
    Image.new("RGB", size[::-1]).save(archive / "train2017" / "000000000001.jpg")
    status, printed, errors = checked(f"coco:{archive}")
    said = f"000000000001.jpg is {size[1]}×{size[0]} pixels, but its labels are of an image of 200×150"
    assert status == 2 and said in printed and "1 of its annotations and photographs cannot be used" in errors
    assert checked(f"coco:{archive},skip_bad=1")[0] == 0
