"""What `rawkit demo` does in its lab: pings, scans, connects, closes and asks, each with plain sockets."""
