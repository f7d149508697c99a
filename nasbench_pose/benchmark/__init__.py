"""The benchmark: every network of a space trained for real, so that regret is exact and a query costs nothing."""
