"""Strategies that train a supernet and its architecture parameters by gradient descent."""
