"""Strategies that use only genotypes and their losses."""
