"""The site of the docs: no page is without a place in it, and no figure without a place in the gallery."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_every_page_has_a_place() -> None:
    placed = re.findall(r"(\S+\.md)$", (ROOT / "mkdocs.yml").read_text(), flags=re.MULTILINE)
    pages = {f"{path.stem}.md" for ending in ("md", "ipynb") for path in ROOT.glob(f"docs/*.{ending}")}
    assert pages == set(placed) - {"reference/index.md"} and len(placed) == len(set(placed))


def test_every_figure_is_in_the_gallery_with_the_study_that_makes_it() -> None:
    text = (ROOT / "docs" / "gallery.md").read_text()
    shown = re.findall(r"!\[[^\]]+\]\((figures/[^)]+)\)", text)
    assert sorted(shown) == sorted(f"figures/{path.name}" for path in ROOT.glob("docs/figures/*.[sp][vn]g"))
    studies = set(re.findall(r"`python -m analysis (\w+)`", text))
    assert studies and all((ROOT / "analysis" / f"{study}.py").is_file() for study in studies)
