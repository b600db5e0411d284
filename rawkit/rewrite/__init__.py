"""Recorded frames with other addresses, names and payload, and checksums that are as right as they were."""
