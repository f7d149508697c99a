"""Zero-cost proxies: what a network says of itself in one look, before any training."""

from nasbench_pose.proxies.evaluator import ProxyEvaluator
from nasbench_pose.proxies.proxy import PROXIES, Probe, Proxy, resolve

__all__ = ["PROXIES", "Probe", "Proxy", "ProxyEvaluator", "resolve"]
