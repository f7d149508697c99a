"""Parameters and MACs as proxies: the baselines of all other proxies."""

from nasbench_pose.cost import count
from nasbench_pose.network import Network
from nasbench_pose.proxies.proxy import Probe, Proxy


def _params(network: Network, _: Probe) -> float:
    return float(count(network.graph).params)


def _macs(network: Network, _: Probe) -> float:
    return float(count(network.graph).macs)


PARAMS = Proxy(
    "params", _params, "White et al., How Powerful are Performance Predictors?, arXiv 2104.01177", "Parameters."
)
MACS = Proxy("macs", _macs, "Ning et al., Evaluating Efficient Performance Estimators, arXiv 2008.03064", "MACs.")
