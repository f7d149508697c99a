"""Tables that a person reads, made of frames."""
