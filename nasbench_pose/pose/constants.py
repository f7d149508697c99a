"""Small tensors that do not change, made once on each device: made in a step, they would have to be copied there."""

from functools import lru_cache

import torch
from torch import Tensor


@lru_cache(maxsize=1024)
def constant(values: tuple[float, ...], device: torch.device, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return `values` as a tensor on `device`; nobody may change it.

    >>> constant((1.0, 2.0), torch.device("cpu")) is constant((1.0, 2.0), torch.device("cpu"))
    True
    """
    return torch.tensor(values, dtype=dtype, device=device)
