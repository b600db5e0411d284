"""Sockets of a host as text, JSON and CSV."""
