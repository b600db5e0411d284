"""Linux cooked headers (LINKTYPE_LINUX_SLL2), in place of link headers of all kinds.

The kernel says of each frame where its network header begins, and the rest in a `sockaddr_ll`. The cooked header is
made of that, and laid into the ring before the packet, over the link header, so that nothing is copied. A VLAN tag
that the kernel took off is put back behind it. (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rawkit.facts import vlan
from rawkit.facts.cooked import SLL2_HEADER_LEN
from rawkit.facts.ethernet import HEADER_LEN as ETHERNET_LEN
from rawkit.facts.ethertypes import TYPE_MIN
from rawkit.frames import Int64s
from rawkit.sockets import layout
from rawkit.sockets.receive.heads import Heads


def lay_headers(heads: Heads) -> Int64s:
    """Writes cooked headers into a writable block; returns where the frames begin that they make."""
    ethernet = np.isin(heads.halves(layout.SLL_HATYPE), (layout.ARPHRD_ETHER, layout.ARPHRD_LOOPBACK))
    start = _payload(heads, ethernet)
    words = _header(heads, _protocol(heads, start, ethernet))
    tagged = heads.tagged()
    at = start - np.where(tagged, SLL2_HEADER_LEN + vlan.HEADER_LEN, SLL2_HEADER_LEN)
    if tagged.any():
        protocol = words[0] >> 16
        tag = heads.words(layout.TP_VLAN_TCI) << 16 | protocol
        words[0] = np.where(tagged, heads.tpid(), protocol) << 16
        _lay(heads, at[tagged], [tag[tagged]], SLL2_HEADER_LEN)
    _lay(heads, at, words)
    return at


def _payload(heads: Heads, ethernet: NDArray[np.bool_]) -> Int64s:
    """Where what the link header carries begins; tags that are left in an Ethernet frame belong to that."""
    return np.where(
        ethernet,
        heads.at + heads.halves(layout.TP_MAC) + ETHERNET_LEN,
        heads.at + heads.halves(layout.TP_NET),
    )


def _protocol(heads: Heads, start: Int64s, ethernet: NDArray[np.bool_]) -> Int64s:
    """What that is: with two tags, sll_protocol is not to be relied on, so it is read from the frame."""
    kind = heads.block.take(start - 2).astype(np.int64) << 8 | heads.block.take(start - 1)
    return np.where(ethernet & (kind >= TYPE_MIN), kind, heads.protocol())


def _header(heads: Heads, protocol: Int64s) -> list[Int64s]:
    """The words of the headers, in order."""
    kind = heads.octets(layout.SLL_PKTTYPE) << 8 | heads.octets(layout.SLL_HALEN)
    return [
        protocol << 16,
        heads.words(layout.SLL_IFINDEX),
        heads.halves(layout.SLL_HATYPE) << 16 | kind,
        heads.network_words(layout.SLL_ADDR),
        heads.network_words(layout.SLL_ADDR + 4),
    ]


def _lay(heads: Heads, at: Int64s, words: list[Int64s], offset: int = 0) -> None:
    """Writes words from `offset` on behind the places `at`, which the kernel has aligned."""
    target = heads.block.view(">u4")
    for number, word in enumerate(words):
        target[(at + offset >> 2) + number] = word
