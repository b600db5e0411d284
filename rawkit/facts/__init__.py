"""Facts, one protocol a file: byte offsets, sizes, flag bits and numbers, each with the name that its RFC gives it.

Integers only, so that kernels import them as everybody else does. Offsets count from the header's first byte.
"""
