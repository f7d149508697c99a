"""What every store and every strategy must do: derive a test class from a contract and say what it is about.

class TestMine(SeededStrategyContract):
    def new(self, seed):
        return MyStrategy(load("simplebaseline"), np.random.default_rng(seed))
"""

from contracts.databases import SharedStoreContract
from contracts.store import StoreContract
from contracts.strategy import SeededStrategyContract, StrategyContract

__all__ = ["SeededStrategyContract", "SharedStoreContract", "StoreContract", "StrategyContract"]
