"""Where the time of TCP connections went: who kept whom waiting, told by who speaks (docs/latency.md)."""
