"""Executors of trials: processes of this machine, a cluster, or any `concurrent.futures.Executor`."""
