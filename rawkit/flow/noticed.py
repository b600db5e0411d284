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
        together: attempts to connect, of one SYN that nobody answered, that were counted and not told, because more
            flows were open than there is memory for.
        together_bytes: bytes of their packets, from the IP header on.
        together_first: when the first of them was sent, in nanoseconds since the epoch.
        together_last: when the last was.
        ended_early: other flows that were told before their time was over, for the same reason.
        untold: flows that were open when somebody wanted an end, and were not told.
        forgotten: packets in fragments that were not put together, because those of others took the memory for them.
    """

    wrong_sums: int = 0
    filled_in_later: int = 0
    stray_stamps: int = 0
    steps_back: int = 0
    split_flows: int = 0
    together: int = 0
    together_bytes: int = 0
    together_first: int = 0
    together_last: int = 0
    ended_early: int = 0
    untold: int = 0
    forgotten: int = 0
