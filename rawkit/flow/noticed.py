"""What is odd about a capture as a whole, and had to be decided."""

from __future__ import annotations

from rawkit.values import dataclass


@dataclass(frozen=True, slots=True)
class Noticed:
    """What is odd about a capture, and what the tracker made of it.

    Attributes:
        wrong_sums: packets that counted although their checksums are wrong.
        filled_in_later: how many of them look as if a card filled them in: they are 0, or the peer's are right.
        stray_stamps: packets whose time is far from those before and behind: the time of the packet before was taken.
        steps_back: packets whose time is more than a second before that of the packet before, not being stray.
        split_flows: flows whose directions have different VLAN ids, and are rows of their own.
    """

    wrong_sums: int = 0
    filled_in_later: int = 0
    stray_stamps: int = 0
    steps_back: int = 0
    split_flows: int = 0
