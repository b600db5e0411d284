"""A server that greets: a client sends a name and a line end, and is sent a greeting."""
