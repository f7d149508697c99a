"""Strategies that train a supernet and follow the gradient of its choices."""
