"""What a capture file says of the interface that frames were captured on."""

from __future__ import annotations

from rawkit import linktypes
from rawkit.values import dataclass


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface of a capture file; a pcap file has one without a name.

    Attributes:
        link_type: LINKTYPE number of its frames.
        name: as the capturing host called it (`"eth0"`), empty where the file does not say.
        description: in words, empty where the file does not say.
        snaplen: bytes kept of each frame, 0 for no limit.
        resolution: unit of its timestamps as pcapng's if_tsresol byte says it: 6 for 10^-6 s, 0x80 + n for 2^-n s.
        time_offset: seconds that the file adds to each timestamp (if_tsoffset).

    >>> Interface(1, name="eth0").snaplen
    262144
    """

    link_type: int = linktypes.ETHERNET
    name: str = ""
    description: str = ""
    snaplen: int = 262144
    resolution: int = 6
    time_offset: int = 0
