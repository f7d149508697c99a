"""The database that something is added to: made if it is missing, and removed again if nothing was added."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nasbench_pose.store.engine import database_url
from nasbench_pose.store.maintenance.merging import is_empty
from nasbench_pose.store.store import Store


@contextmanager
def target(where: Store | str | Path) -> Iterator[Store]:
    """Yield the store of a database, or this store itself.

    A file that was missing is made. If an error ends the block before a row was stored, the file is removed again.
    """
    if isinstance(where, Store):
        yield where
        return
    url = database_url(where)
    file = Path(url.database or "").resolve()
    is_new = url.get_backend_name() == "sqlite" and not file.exists()
    with Store(where) as store:
        try:
            yield store
        except BaseException:
            if is_new and is_empty(store):
                store.close()
                file.unlink(missing_ok=True)  # a database in memory has no file
            raise
