"""Graphs as torch modules: networks, supernets, weights from checkpoints."""

from nasbench_pose.network.network import Network, build
from nasbench_pose.network.supernet import Supernet, build_supernet
from nasbench_pose.network.threads import one_thread
from nasbench_pose.network.weights import load_official

__all__ = ["Network", "Supernet", "build", "build_supernet", "load_official", "one_thread"]
