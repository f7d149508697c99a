"""Deleting a run, and giving a strategy or a space another name."""

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from nasbench_pose.errors import StoreError, UnknownNameError, nearest
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.store.checksums import refuse_damage, renew
from nasbench_pose.store.maintenance.merging import ASK, CHECKPOINT, EVALUATION, GENOTYPE, RUN, STEP
from nasbench_pose.store.run_rows import change_run, run_of_row
from nasbench_pose.store.store import Store

NAME = re.compile(r"[\w.:-]+")
"""The names of strategies, also of plug-ins."""


def delete_run(store: Store, number: int) -> int:
    """Delete a run with its steps, its asks and its checkpoint; return the number of its steps.

    Its trials stay, because they are facts: the same search looks them up instead of measuring again. Raises
    UnknownNameError for a run that is not there.
    """

    def work(connection: Connection) -> int:
        numbers = list(connection.execute(select(RUN.c.id).order_by(RUN.c.id)).scalars())
        if number not in numbers:
            known = ", ".join(map(str, numbers[:20])) or "none"
            raise UnknownNameError(f"{store.name} has no run {number}; its runs are {known}.")
        steps = connection.execute(select(func.count()).where(STEP.c.run_id == number)).scalar_one()
        for table in (STEP, ASK, CHECKPOINT):
            connection.execute(delete(table).where(table.c.run_id == number))
        connection.execute(delete(RUN).where(RUN.c.id == number))
        return steps

    return store.write(work)


def rename_strategy(store: Store, old: str, new: str) -> int:
    """Let runs of the strategy `old` be runs of `new`, such as a plug-in that moved to another module.

    Returns their number. The same search goes on under its new name. Raises UnknownNameError if no run has the old
    name, StoreError if a run of the new name exists already, or for a name that no command line could give.
    """
    if NAME.fullmatch(new) is None:
        raise StoreError(f"{new!r} is no name of a strategy; expected one such as random or package.module:Class.")
    return store.write(lambda connection: _rename_runs(connection, "strategy", old, {"strategy": new}))


def rename_space(store: Store, old: str, new: SearchSpace) -> tuple[int, int]:
    """Let genotypes and runs of the space `old` be those of `new`; return the numbers of runs and of genotypes.

    Every genotype is checked against the new space and gets the key that it has there. The runs get the digest of the
    new file, so that the same search goes on. Raises UnknownNameError if there is no such space, InvalidFileError for a
    genotype that is not of the new space, StoreError if the database has one of the new genotypes or runs already.
    """

    def work(connection: Connection) -> tuple[int, int]:
        refuse_damage(connection)
        texts = connection.execute(select(GENOTYPE.c.key, GENOTYPE.c.text).where(GENOTYPE.c.space == old)).all()
        named = {"space": new.name, "space_digest": new.digest}
        runs = _rename_runs(connection, "space", old, named, needed=not texts, settings=_renamed_start(old, new))
        for key, text in texts:
            moved = new.validate(Genotype(new.name, Genotype.parse(text).genes))
            _move(connection, key, moved, store.name)
        return runs, len(texts)

    return store.write(work)


def _move(connection: Connection, key: str, moved: Genotype, name: str) -> None:
    if connection.execute(select(GENOTYPE.c.key).where(GENOTYPE.c.key == moved.key)).first() is not None:
        raise StoreError(f"{name} has the genotype {moved.text!r} already; merge into another database instead.")
    connection.execute(insert(GENOTYPE).values(key=moved.key, space=moved.space, text=moved.text))
    connection.execute(update(EVALUATION).where(EVALUATION.c.genotype_key == key).values(genotype_key=moved.key))
    connection.execute(update(ASK).where(ASK.c.genotype_key == key).values(genotype_key=moved.key))
    for name, table in (("evaluation", EVALUATION), ("step", EVALUATION), ("ask", ASK)):
        renew(connection, name, table.c.genotype_key == moved.key)
    connection.execute(delete(GENOTYPE).where(GENOTYPE.c.key == key))


def _renamed_start(old: str, new: SearchSpace) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return what renames the space in a list of genotypes among settings, such as that of `--start-from`."""

    def renamed(value: Any) -> Any:
        if isinstance(value, list):
            return [renamed(part) for part in value]
        is_ours = isinstance(value, str) and value.startswith(f"{old}:")
        return f"{new.name}:{value.removeprefix(f'{old}:')}" if is_ours else value

    return lambda settings: {name: renamed(value) for name, value in settings.items()}


def _rename_runs(
    connection: Connection,
    column: str,
    old: str,
    values: dict[str, Any],
    *,
    needed: bool = True,
    settings: Callable[[dict[str, Any]], dict[str, Any]] = lambda settings: settings,
) -> int:
    """Change runs and their identities; return their number."""
    rows = [dict(row) for row in connection.execute(select(RUN).where(RUN.c[column] == old)).mappings()]
    if not rows and needed:
        known = list(connection.execute(select(RUN.c[column]).distinct()).scalars())
        there = ", ".join(known) or "none"
        raise UnknownNameError(f"No {column} {old!r} in this database; there are {there}.{nearest(old, known)}")
    for row in rows:
        if run_of_row(row).identity != row["identity"]:
            raise StoreError(f"Run {row['id']} is not what its identity says; see nasbench-pose db check.")
        changed = row | values | {"settings": settings(row["settings"])}
        identity = run_of_row(changed).identity
        same = select(RUN.c.id).where(RUN.c.identity == identity, RUN.c.id != row["id"])
        if (other := connection.execute(same).scalar()) is not None:
            raise StoreError(f"Run {row['id']} would be run {other}, which exists; delete one of them first.")
        change_run(connection, row["id"], values | {"identity": identity, "settings": changed["settings"]})
    return len(rows)
