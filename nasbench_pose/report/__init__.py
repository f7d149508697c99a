"""Reports: frames, tables and figures of comparisons, databases, spaces and predictors."""
