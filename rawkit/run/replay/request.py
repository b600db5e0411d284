"""Which recorded frames are to be sent again, in the words of `rawkit replay`; nothing that takes long to load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rawkit.errors import RawkitError, TargetError
from rawkit.run.limits import Limit, check_limits
from rawkit.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from ipaddress import IPv4Network, IPv6Network

    from rawkit.run.pace import Pace
    from rawkit.run.replay.rewrite import Rewrite
    from rawkit.run.send.request import Tx

LIMITS: Final = {
    "speed": Limit("--speed", 0, above=True),
    "max_gap": Limit("--max-gap", 0),
    "pps": Limit("--pps", 0, above=True),
    "mbps": Limit("--mbps", 0, above=True),
    "loop": Limit("--loop", 0),
    "loop_delay": Limit("--loop-delay", 0),
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
        max_gap: seconds of a pause between two frames at most; longer ones are that long.
        pps: frames a second.
        mbps: million bits a second.
        top: as fast as they go.
        loop: rounds; 0 to go on until somebody stops it.
        loop_delay: seconds between the last frame of a round and the first of the next, on top of what the pace says.
        count: frames after which it ends; None for all.
        filter: only frames that match (pcap-filter(7)).
        map_ip: other addresses, or networks of the same size: `OLD=NEW`.
        map_mac, map_port: other MAC addresses and ports.
        intf2: send there what servers sent, and on `interface` what clients sent; None to send all on that.
        clients: with it, the networks of clients; without them, who opens conversations.
        to_link: give frames of another kind of link the link header of the interface, or take theirs off.
        dst_mac: with it, the MAC address of the next hop; None to ask the routes.
        unique_ip: in each round after the first, add its number to all addresses.
        qdisc_bypass: past the queue: faster, unseen by tc and by captures on this host.
        tx: as with `rawkit.run.send.request.SendRequest`; AF_XDP is for `top`.

    >>> ReplayRequest("today.pcap", "eth0", unique_ip=True).check()
    Traceback (most recent call last):
    rawkit.errors.RawkitError: --unique-ip gives each round other addresses: it needs --loop
    """

    path: str
    interface: str
    speed: float | None = None
    max_gap: float | None = None
    pps: float | None = None
    mbps: float | None = None
    top: bool = False
    loop: int = 1
    loop_delay: float = 0.0
    count: int | None = None
    filter: str | None = None
    map_ip: tuple[str, ...] = ()
    map_mac: tuple[str, ...] = ()
    map_port: tuple[str, ...] = ()
    intf2: str | None = None
    clients: tuple[str, ...] = ()
    to_link: bool = False
    dst_mac: str | None = None
    unique_ip: bool = False
    qdisc_bypass: bool = False
    tx: Tx = "auto"

    def check(self) -> None:
        """RawkitError for what cannot be, or does not go together."""
        if sum(map(bool, (self.speed, self.pps, self.mbps, self.top))) > 1:
            raise RawkitError("--speed, --pps, --mbps and --top all say how fast: give one of them")
        if self.max_gap is not None and (self.pps or self.mbps or self.top):
            raise RawkitError("--max-gap is for frames at their recorded times: leave out --pps, --mbps, --top")
        if self.unique_ip and self.loop == 1:
            raise RawkitError("--unique-ip gives each round other addresses: it needs --loop")
        if self.loop_delay and self.loop == 1:
            raise RawkitError("--loop-delay is between two rounds: it needs --loop")
        if self.dst_mac is not None and not self.to_link:
            raise RawkitError("--dst-mac is for the headers that --to-link makes: give both, or --map-mac")
        if self.tx == "xdp" and (not self.top or self.intf2 is not None):
            raise RawkitError("--tx xdp is for frames as fast as they go, on one interface: give --top, no --intf2")
        self._check_sides()
        check_limits(self, LIMITS)

    def _check_sides(self) -> None:
        if self.intf2 is None and self.clients:
            raise RawkitError("--clients says whose frames leave by which interface: it needs --intf2")
        if self.intf2 is not None and self.intf2 == self.interface:
            raise RawkitError(f"--intf2 {self.intf2}: name another interface than -i does")
        if self.intf2 is not None and self.to_link:
            raise RawkitError("--to-link makes the headers of one link: leave --intf2 out")

    def networks(self) -> list[IPv4Network | IPv6Network]:
        """Those of `clients`; TargetError where one cannot be read.

        >>> ReplayRequest("today.pcap", "eth0", clients=("192.0.2.0/24,2001:db8::/32",)).networks()
        [IPv4Network('192.0.2.0/24'), IPv6Network('2001:db8::/32')]
        """
        from ipaddress import ip_network

        try:
            return [ip_network(one.strip()) for text in self.clients for one in text.split(",")]
        except ValueError as error:
            raise TargetError(f"--clients: {error}: give networks, as in 192.0.2.0/24") from None

    def pace(self, on_wait: Callable[[int], None] | None = None) -> Pace | None:
        """When frames are due; as they were recorded where nothing else is asked.

        `on_wait` gets the nanoseconds of long pauses, as with `rawkit.run.pace.RecordedPace`.

        >>> type(ReplayRequest("today.pcap", "eth0").pace()).__name__
        'RecordedPace'
        """
        from rawkit.run.pace import SECOND, RecordedPace, pace_of

        if self.top or self.pps or self.mbps:
            return pace_of(self.pps, self.mbps)
        most = None if self.max_gap is None else round(self.max_gap * SECOND)
        return RecordedPace(self.speed or 1.0, most, on_wait)

    def rewrite(self) -> Rewrite:
        """What `map_ip`, `map_mac` and `map_port` ask for; TargetError where one cannot be read."""
        from rawkit.run.replay.rewrite import Rewrite, ip_mapping, mac_mapping, port_mapping

        return Rewrite(
            tuple(map(ip_mapping, self.map_ip)),
            tuple(map(mac_mapping, self.map_mac)),
            tuple(map(port_mapping, self.map_port)),
        )

    def next_hop(self) -> bytes | None:
        """The MAC address of `dst_mac`; TargetError where it is none."""
        from rawkit.wire.address import mac

        try:
            return None if self.dst_mac is None else mac(self.dst_mac)
        except ValueError as error:
            raise TargetError(f"--dst-mac: {error}") from None
