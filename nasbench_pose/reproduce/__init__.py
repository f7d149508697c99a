"""Experiments of papers from the search to the test, in a folder that can be continued."""
