"""Code shared by strategies that train a supernet."""
