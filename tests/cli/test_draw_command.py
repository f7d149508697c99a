"""What `draw` writes."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from commands import Run
from PIL import Image


@pytest.mark.parametrize(("suffix", "magic"), [(".svg", b"<?xml"), (".pdf", b"%PDF"), (".png", b"\x89PNG")])
def test_draw_writes_what_the_suffix_says(suffix: str, magic: bytes, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "new" / f"net{suffix}"
    assert run("draw", "micro-middle", "--out", path) == f"{path}\n"
    assert path.read_bytes().startswith(magic)
    before = path.read_bytes()
    run("draw", "micro-middle", "--out", path)
    assert path.read_bytes() == before


def test_the_picture_is_of_the_input_that_was_asked_for(run: Run, tmp_path: Path) -> None:
    run("draw", "micro-middle", "--input", "128x96", "--joints", "3", "--out", tmp_path / "net.svg")
    run("draw", "micro-middle", "--out", tmp_path / "net.png")
    svg = (tmp_path / "net.svg").read_text()
    assert "input 128×96, output 3 × 32×24" in svg
    ElementTree.fromstring(svg)
    with Image.open(tmp_path / "net.png") as image:
        assert image.width >= 800
