"""Looking after databases: inventory, checks, merging, export and import, renaming, upgrades, salvage."""

from nasbench_pose.store.maintenance.contents import Inventory, inventory
from nasbench_pose.store.maintenance.current_schema import current
from nasbench_pose.store.maintenance.editing import delete_run, rename_space, rename_strategy
from nasbench_pose.store.maintenance.exchange import export, load
from nasbench_pose.store.maintenance.integrity import Finding, check
from nasbench_pose.store.maintenance.merging import Conflict, Merged, merge, merge_all
from nasbench_pose.store.maintenance.optuna_study import load_study
from nasbench_pose.store.maintenance.salvaging import Salvaged, salvage
from nasbench_pose.store.maintenance.target import target
from nasbench_pose.store.maintenance.upgrading import TableCheck, Upgrade, upgrade

__all__ = [
    "Conflict",
    "Finding",
    "Inventory",
    "Merged",
    "Salvaged",
    "TableCheck",
    "Upgrade",
    "check",
    "current",
    "delete_run",
    "export",
    "inventory",
    "load",
    "load_study",
    "merge",
    "merge_all",
    "rename_space",
    "rename_strategy",
    "salvage",
    "target",
    "upgrade",
]
