"""Count the cost of ONNX files. Needs the package onnx, which is in the extra `onnx`."""

from nasbench_pose.cost.onnx_file.network import OnnxNetwork, inventory_of, network_of

__all__ = ["OnnxNetwork", "inventory_of", "network_of"]
