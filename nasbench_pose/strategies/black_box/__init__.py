"""Strategies that see genotypes and losses, and nothing else."""
