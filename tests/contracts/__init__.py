"""What every results database must do; the contracts of what other packages bring are in `nasbench_pose.testing`."""

from contracts.databases import SharedStoreContract
from contracts.store import StoreContract

__all__ = ["SharedStoreContract", "StoreContract"]
