"""Networks as graphs of layers with shapes; a supernet is such a graph with open choices."""

from nasbench_pose.graph import operations
from nasbench_pose.graph.builder import GraphBuilder
from nasbench_pose.graph.graph import Block, Graph, Layer
from nasbench_pose.graph.operations import Operation, Shape

__all__ = ["Block", "Graph", "GraphBuilder", "Layer", "Operation", "Shape", "operations"]
