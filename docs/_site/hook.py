"""What the site has beside the pages of `docs/`: the API reference, notebooks, and files outside that pages link to."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from pkgutil import iter_modules

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

sys.path.insert(0, str(Path(__file__).parent))  # mkdocs loads this file by its path

from notebooks import page_of

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "nasbench_pose"
OUTSIDE = re.compile(r"\]\(\.\./([^)#\s]+)")
TEXTS = {".py": "python", ".toml": "toml", ".md": ""}
"""Files outside that become pages, and the language they are shown in."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page of the reference for each module of the package, the notebooks, and the files that pages link to."""
    for name, submodules in sorted(modules().items()):
        text = f"# {name}\n\n" + "\n".join(f"::: nasbench_pose.{module}\n" for module in submodules)
        files.append(File.generated(config, f"reference/{name}.md", content=text))
    files.append(File.generated(config, "reference/index.md", content=contents()))
    for notebook in sorted((ROOT / "docs").glob("*.ipynb")):
        text, pictures = page_of(notebook)
        files.append(File.generated(config, f"{notebook.stem}.md", content=text))
        for name, picture in pictures.items():
            files.append(File.generated(config, name, content=picture))
    for path in sorted({found for page in files.documentation_pages() for found in outside(page)}):
        files.append(added(path, config))
    for file in files:
        if file.src_uri.startswith(("reference/", "source/", "figures/")):
            file.inclusion = InclusionLevel.NOT_IN_NAV
    return files


def modules() -> dict[str, list[str]]:
    """Return each part of the package with its public modules, by dotted names."""
    return {part: list(public(PACKAGE / part, part)) for part in parts()}


def parts() -> list[str]:
    return [found.name for found in iter_modules([str(PACKAGE)]) if not found.name.startswith("_")]


def public(folder: Path, dotted: str) -> Iterator[str]:
    """Yield a module and, in a folder, the modules inside; migrations of the database are no interface."""
    yield dotted
    for found in iter_modules([str(folder)]):
        if not found.name.startswith("_") and found.name != "migrations":
            yield from public(folder / found.name, f"{dotted}.{found.name}")


def contents() -> str:
    """Return the first page of the reference: every part with the first line of its docstring."""
    lines = ["# API reference", "", "Every public name, from its docstring.", ""]
    for part in parts():
        source = PACKAGE / part / "__init__.py" if (PACKAGE / part).is_dir() else PACKAGE / f"{part}.py"
        about = source.read_text().partition('"""')[2].partition('"""')[0].strip().partition("\n")[0]
        lines.append(f"- [`nasbench_pose.{part}`]({part}.md): {about}")
    return "\n".join(lines) + "\n"


def outside(page: File) -> Iterator[str]:
    """Yield the files outside of `docs/` that a page links to."""
    if not page.src_uri.startswith("reference/"):
        yield from OUTSIDE.findall(page.content_string)


def added(path: str, config: MkDocsConfig) -> File:
    """Return a file of the site with the contents of one outside of `docs/`: as text, or, if it is data, as it is."""
    found = ROOT / path
    if found.suffix not in TEXTS:
        return File.generated(config, copy(path), abs_src_path=str(found))
    text = found.read_text()
    shown = f"# {path}\n\n```{TEXTS[found.suffix]}\n{text}\n```\n" if TEXTS[found.suffix] else unlinked(text)
    return File.generated(config, copy(path), content=shown)


def unlinked(text: str) -> str:
    """Return Markdown without its links to other files of the repository, which are not all on the site."""
    return re.sub(r"\[([^\]]+)\]\((?!https?:)[^)]*\)", r"\1", text)


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Return a page with its links to notebooks and to files outside of `docs/` turned to their pages on the site."""
    if page.file.src_uri.startswith(("reference/", "source/")):
        return markdown
    if not (ROOT / "docs" / page.file.src_uri).exists():  # a notebook, which links to its own file
        return markdown
    return OUTSIDE.sub(lambda link: f"]({copy(link[1])}", markdown.replace(".ipynb)", ".md)"))


def copy(path: str) -> str:
    """Return where the site has a file from outside of `docs/`.

    >>> copy("results/README.md"), copy("tests/test_layers.py"), copy("results/rank_study.csv")
    ('source/results/README.md', 'source/tests/test_layers.py.md', 'source/results/rank_study.csv')
    """
    return f"source/{path}{'.md' if TEXTS.get(Path(path).suffix) else ''}"
