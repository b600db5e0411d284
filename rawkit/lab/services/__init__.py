"""Services that a lab's hosts offer: servers that answer, and servers that misbehave in one way each.

Each server is a file with one function `serve(port, ready)`, which listens on IPv4 and IPv6, calls `ready` once,
and never returns. `python -m rawkit.lab.services KIND:PORT…` runs several in one process.
"""
