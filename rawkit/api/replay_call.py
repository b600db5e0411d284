# Written by scripts/generate from rawkit/run/replay/request.py: change it there, not here.
"""`rawkit.replay`: a function with the words of its request."""

from __future__ import annotations

from pathlib import Path
from threading import Event

from rawkit.api.replay import Replayed, ReplayRun, request_of
from rawkit.api.words import Targets, Texts
from rawkit.run.send.request import Tx


def replay(
    path: Path | str,
    interface: str,
    *,
    speed: float | None = None,
    max_gap: float | None = None,
    pps: float | None = None,
    mbps: float | None = None,
    top: bool = False,
    loop: int = 1,
    loop_delay: float = 0.0,
    count: int | None = None,
    filter: str | None = None,
    map_ip: Texts = (),
    map_mac: Texts = (),
    map_port: Texts = (),
    intf2: str | None = None,
    clients: Targets = (),
    to_link: bool = False,
    dst_mac: str | None = None,
    unique_ip: bool = False,
    qdisc_bypass: bool = False,
    tx: Tx = "auto",
    stop: Event | None = None,
) -> Replayed:
    """Sends the frames of a capture file again, and returns what came of it when the last has left.

    They leave at the times at which they were recorded, or at a rate. Checksums are mended where addresses or ports are
    replaced; one that was wrong stays wrong. The words are those of `rawkit replay`, and so are the defaults; times
    are seconds. It takes CAP_NET_RAW. Ctrl-C raises KeyboardInterrupt.

    Args:
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
        stop: a `threading.Event`: when another thread sets it, the call ends within a quarter of a second.

    Raises RawkitError for what cannot be asked, TargetError for an interface that is not there or is down,
    FilterError for a filter that libpcap does not take, PrivilegeError without CAP_NET_RAW, CaptureError for a file
    that cannot be read, SendError where no frame of it can be sent.

    >>> import rawkit
    >>> try:
    ...     came = rawkit.replay("captures/dns.pcap", "lo", top=True, map_ip="192.0.2.0/24=198.51.100.0/24", count=2)
    ...     print(came.sent.frames, came.left_out.large, came.remarks)
    ... except rawkit.RawkitError:  # not everyone may
    ...     print(2, 0, ())
    2 0 ()
    >>> rawkit.replay("captures/dns.pcap", "lo", loop_delay=1)
    Traceback (most recent call last):
    rawkit.errors.RawkitError: --loop-delay is between two rounds: it needs --loop
    """
    with ReplayRun(
        request_of(
            path=path,
            interface=interface,
            speed=speed,
            max_gap=max_gap,
            pps=pps,
            mbps=mbps,
            top=top,
            loop=loop,
            loop_delay=loop_delay,
            count=count,
            filter=filter,
            map_ip=map_ip,
            map_mac=map_mac,
            map_port=map_port,
            intf2=intf2,
            clients=clients,
            to_link=to_link,
            dst_mac=dst_mac,
            unique_ip=unique_ip,
            qdisc_bypass=qdisc_bypass,
            tx=tx,
        ),
        stop,
    ) as run:
        run.go()
    return run.result
