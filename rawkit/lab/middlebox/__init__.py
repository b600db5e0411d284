"""A bridge between two links that delays, loses, duplicates, reorders, corrupts, limits, drops and rejects.

It is a program of its own in a namespace of its own: `direction` decides, without I/O or clock; `port` receives and
sends; `__main__` joins them; `control` is how a lab speaks with it.
"""
