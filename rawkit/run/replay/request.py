"""Which recorded frames are to be sent again, in the words of `rawkit replay`; nothing that takes long to load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rawkit.errors import RawkitError
from rawkit.run.limits import Limit, check_limits

if TYPE_CHECKING:
    from rawkit.run.pace import Pace
    from rawkit.run.replay.rewrite import Rewrite

LIMITS: Final = {
    "speed": Limit("--speed", 0, above=True),
    "pps": Limit("--pps", 0, above=True),
    "mbps": Limit("--mbps", 0, above=True),
    "loop": Limit("--loop", 0),
    "count": Limit("--count", 1),
}
"""What the numbers of a request may be."""


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """Which frames, where to and when; the names are those of the command's options, and so are the defaults.

    Attributes:
        path: a capture file, pcap or pcapng, also compressed; `-` is standard input.
        interface: send on this interface.
        speed: so many times as fast as recorded; 1 where nothing else is asked.
        pps: frames a second.
        mbps: million bits a second.
        top: as fast as they go.
        loop: rounds; 0 to go on until somebody stops it.
        count: frames after which it ends; None for all.
        filter: only frames that match (pcap-filter(7)).
        map_ip: other addresses, or networks of the same size: `OLD=NEW`.
        map_mac, map_port: other MAC addresses and ports.
        unique_ip: in each round after the first, add its number to all addresses.
        qdisc_bypass: past the queue: faster, unseen by tc and by captures on this host.

    >>> ReplayRequest("today.pcap", "eth0", unique_ip=True).check()
    Traceback (most recent call last):
    rawkit.errors.RawkitError: --unique-ip gives each round other addresses: it needs --loop
    """

    path: str
    interface: str
    speed: float | None = None
    pps: float | None = None
    mbps: float | None = None
    top: bool = False
    loop: int = 1
    count: int | None = None
    filter: str | None = None
    map_ip: tuple[str, ...] = ()
    map_mac: tuple[str, ...] = ()
    map_port: tuple[str, ...] = ()
    unique_ip: bool = False
    qdisc_bypass: bool = False

    def check(self) -> None:
        """RawkitError for what cannot be, or does not go together."""
        if sum(map(bool, (self.speed, self.pps, self.mbps, self.top))) > 1:
            raise RawkitError("--speed, --pps, --mbps and --top all say how fast: give one of them")
        if self.unique_ip and self.loop == 1:
            raise RawkitError("--unique-ip gives each round other addresses: it needs --loop")
        check_limits(self, LIMITS)

    def pace(self) -> Pace | None:
        """When frames are due; as they were recorded where nothing else is asked.

        >>> type(ReplayRequest("today.pcap", "eth0").pace()).__name__
        'RecordedPace'
        """
        from rawkit.run.pace import RecordedPace, pace_of

        if self.top or self.pps or self.mbps:
            return pace_of(self.pps, self.mbps)
        return RecordedPace(self.speed or 1.0)

    def rewrite(self) -> Rewrite:
        """What `map_ip`, `map_mac` and `map_port` ask for; TargetError where one cannot be read."""
        from rawkit.run.replay.rewrite import Rewrite, ip_mapping, mac_mapping, port_mapping

        return Rewrite(
            tuple(map(ip_mapping, self.map_ip)),
            tuple(map(mac_mapping, self.map_mac)),
            tuple(map(port_mapping, self.map_port)),
        )
