"""Silence the output of third-party tools."""

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout


@contextmanager
def quiet() -> Iterator[None]:
    """Discard prints, log lines and warnings: the readings of `compare` have warnings of their own.

    >>> with quiet():
    ...     print("[INFO] Register zero_ops() for <class 'torch.nn.modules.activation.ReLU'>.")
    """
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
