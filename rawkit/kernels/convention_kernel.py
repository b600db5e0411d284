"""Functions whose results are known, tried before any other compiled code is. See `rawkit.kernels` for the rules.

Between them they take and give all that kernels take and give: arrays of two kinds, integers; one integer, two, a truth
value, nothing, and an error.
"""

from __future__ import annotations

from rawkit.kernels import Ints


def pair(numbers: Ints, octets: Ints, index: int) -> tuple[int, int]:
    numbers[0] = index
    return numbers[index] * 256 + octets[index + 1], len(numbers) * 256 + len(octets)


def at(numbers: Ints, index: int) -> int:
    return numbers[index] + 0


def is_at(octets: Ints, index: int, value: int) -> bool:
    return octets[index] == value


def put(numbers: Ints, index: int, value: int) -> None:
    numbers[index] = value
