"""Filters in Wireshark's display filter language, over packets and events: `compile_filter`, `DisplayFilter`."""
