"""One-shot searches: a supernet is trained once, and evolution searches for the member that inherits the most."""
