"""Strategies that train many networks a little, and the better of them further."""
