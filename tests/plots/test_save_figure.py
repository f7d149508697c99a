"""Files change only when what they show does."""

import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib import pyplot, rcParams

from nasbench_pose import plots
from nasbench_pose.errors import UnknownNameError


def draw(path: Path, height: float = 2.0) -> bytes:
    figure, ax = plots.figure()
    ax.plot([1, 2], [1, height])
    ax.scatter([1, 2], [2, 1])
    return plots.save(figure, path).read_bytes()


@pytest.mark.parametrize(("suffix", "magic"), [(".svg", b"<?xml"), (".pdf", b"%PDF"), (".png", b"\x89PNG")])
def test_the_suffix_is_the_format_and_the_bytes_are_the_figure(suffix: str, magic: bytes, tmp_path: Path) -> None:
    one = draw(tmp_path / "new" / f"one{suffix}")
    assert one.startswith(magic)
    assert one == draw(tmp_path / f"two{suffix}")
    assert one != draw(tmp_path / f"other{suffix}", height=3.0)


def test_an_unknown_suffix_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"'\.jpg'; known: \.pdf, \.png, \.svg"):
        draw(tmp_path / "figure.jpg")
    assert not list(tmp_path.iterdir())


def test_figures_leave_no_trace_in_matplotlib(tmp_path: Path) -> None:
    before, shown = dict(rcParams), pyplot.get_fignums()
    draw(tmp_path / "figure.svg")
    assert dict(rcParams) == before
    assert pyplot.get_fignums() == shown


@pytest.mark.slow
def test_the_published_planes_are_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    code = "import sys; from pathlib import Path; from analysis.published_plane import main; main(Path(sys.argv[1]))"
    made = []
    for hash_seed, name in (("1", "one"), ("2", "two")):
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / name)], check=True, cwd=root,
            env={"PYTHONHASHSEED": hash_seed, "OMP_NUM_THREADS": "1", "HOME": str(tmp_path), "PYTHONPATH": str(root)},
        )  # fmt: skip
        made.append({path.name: path.read_bytes() for path in sorted((tmp_path / name).iterdir())})
    assert list(made[0]) == ["published_coco.svg", "published_mpii.svg"]
    assert made[0] == made[1]
