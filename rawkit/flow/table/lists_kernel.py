"""Lists of rows: each row that is in use stands in one, linked both ways, so that it leaves it in constant time.

Where a list ends the row has the list's number, as `end_of` writes it, in place of a neighbour. `lists` has the first
and the last row of each list.
"""

from __future__ import annotations

from typing import Final

from rawkit.flow.layout import EARLIER, HEAD, LATER, LIST_WIDTH, TAIL, WIDTH
from rawkit.kernels import Ints

FORCE_INLINE: Final = True


def end_of(which: int) -> int:
    """What stands in place of a neighbour at both ends of a list: less than any row."""
    return -1 - which


def first_of(which: int, lists: Ints) -> int:
    """The first row of a list, less than 0 where it is empty."""
    return lists[which * LIST_WIDTH + HEAD] + 0


def append(row: int, which: int, lists: Ints, flows: Ints) -> None:
    """Puts a row that is in no list at the end of one."""
    last = lists[which * LIST_WIDTH + TAIL] + 0
    flows[row * WIDTH + EARLIER] = last
    flows[row * WIDTH + LATER] = end_of(which)
    if last >= 0:
        flows[last * WIDTH + LATER] = row
    else:
        lists[which * LIST_WIDTH + HEAD] = row
    lists[which * LIST_WIDTH + TAIL] = row


def insert(row: int, before: int, which: int, lists: Ints, flows: Ints) -> None:
    """Puts a row that is in no list behind another, or, where that is less than 0, at the beginning of the list."""
    behind = flows[before * WIDTH + LATER] + 0 if before >= 0 else first_of(which, lists)
    flows[row * WIDTH + EARLIER] = before if before >= 0 else end_of(which)
    flows[row * WIDTH + LATER] = behind
    if before >= 0:
        flows[before * WIDTH + LATER] = row
    else:
        lists[which * LIST_WIDTH + HEAD] = row
    if behind >= 0:
        flows[behind * WIDTH + EARLIER] = row
    else:
        lists[which * LIST_WIDTH + TAIL] = row


def leave(row: int, lists: Ints, flows: Ints) -> None:
    """Takes a row out of the list that it is in."""
    before = flows[row * WIDTH + EARLIER] + 0
    behind = flows[row * WIDTH + LATER] + 0
    if before >= 0:
        flows[before * WIDTH + LATER] = behind
    else:
        lists[(-1 - before) * LIST_WIDTH + HEAD] = behind
    if behind >= 0:
        flows[behind * WIDTH + EARLIER] = before
    else:
        lists[(-1 - behind) * LIST_WIDTH + TAIL] = before


def clear(which: int, lists: Ints) -> None:
    """Makes a list empty; its rows are in none then."""
    lists[which * LIST_WIDTH + HEAD] = end_of(which)
    lists[which * LIST_WIDTH + TAIL] = end_of(which)
