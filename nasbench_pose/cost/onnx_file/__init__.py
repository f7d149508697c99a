"""ONNX files: what one run of a network calls. Needs the package onnx, which comes with an extra."""

from nasbench_pose.cost.onnx_file.network import OnnxNetwork, inventory_of, network_of

__all__ = ["OnnxNetwork", "inventory_of", "network_of"]
