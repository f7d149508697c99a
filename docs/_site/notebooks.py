"""Notebooks as pages: they are run, and shown with what they print and draw."""

from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbconvert import MarkdownExporter
from traitlets.config import Config

RUN = Config({"MarkdownExporter": {"preprocessors": ["nbconvert.preprocessors.ExecutePreprocessor"]}})
"""A cell that fails ends the build."""


def page_of(notebook: Path) -> tuple[str, dict[str, bytes]]:
    """Run a notebook in an empty folder; return it as Markdown, and its pictures by the names that are used there."""
    with TemporaryDirectory() as folder:
        resources = {"metadata": {"path": folder}, "unique_key": notebook.stem}
        read = nbformat.read(notebook, as_version=4)
        text, made = MarkdownExporter(config=RUN).from_notebook_node(read, resources)
    download = f"[Download this notebook]({notebook.name}). It was run when the site was built.\n\n"
    title, _, rest = text.partition("\n")
    return f"{title}\n\n{download}{rest}", made["outputs"]
