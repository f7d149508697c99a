"""Zero-cost proxies: scores of untrained networks, from one batch."""

from nasbench_pose.proxies.evaluator import ProxyEvaluator
from nasbench_pose.proxies.proxy import PROXIES, Probe, Proxy, resolve

__all__ = ["PROXIES", "Probe", "Proxy", "ProxyEvaluator", "resolve"]
