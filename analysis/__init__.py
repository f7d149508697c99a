"""Studies: each makes a figure or table of the docs from `results/`."""
