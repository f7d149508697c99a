"""What strategies that train a supernet have in common."""
