"""What a person sees while predictors score."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nasbench_pose.predictors import Score


@contextmanager
def watching_scores() -> "Iterator[Callable[[str, Score, int], None]]":
    """Yield what is to be told of the predictor, each score, and how many are to come: it moves a bar in a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bars:
        task, before = bars.add_task("scores", total=None), ("", 0)

        def tell(name: str, score: "Score", left: int) -> None:  # noqa: ARG001 - a bar needs no value
            nonlocal before
            if (name, left + 1) != before:  # another predictor, or another seed of it
                bars.reset(task, description=name, total=left + 1)
            before = (name, left)
            bars.update(task, advance=1)

        yield tell
