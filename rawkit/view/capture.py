"""What is said of a capture as a whole: that it has begun, what happens to it, what came of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from rawkit import linktypes
from rawkit.flow.noticed import Noticed
from rawkit.view.text import counted, pause

Stopped = Mapping[tuple[int, int], int]
"""How often decoding stopped early, by the number in the STOP column and the link type where that is the reason."""


class Counters(Protocol):
    """The counters of a receive ring."""

    @property
    def received(self) -> int: ...
    @property
    def dropped(self) -> int: ...
    @property
    def interface_dropped(self) -> int: ...


class Captured(Counters, Protocol):
    """What came of a live capture; `flows` is None where nobody looked for them."""

    @property
    def frames(self) -> int: ...
    @property
    def seconds(self) -> float: ...
    @property
    def flows(self) -> int | None: ...
    @property
    def stopped(self) -> Stopped: ...


def listening(links: Iterable[tuple[str, int]]) -> str:
    """That a live capture has begun, on interfaces of these names and LINKTYPE numbers.

    >>> listening([("lo", 1)])
    'listening on lo (ETHERNET); Ctrl-C ends it'
    """
    names = ", ".join(f"{name} ({linktypes.name(number)})" for name, number in links)
    return f"listening on {names}; Ctrl-C ends it"


def down(interface: str) -> str:
    """That an interface went down.

    >>> down("eth0")
    'eth0: the interface is down: waiting until it is up again'
    """
    return f"{interface}: the interface is down: waiting until it is up again"


def only_whole(path: str) -> str:
    """That a file which is being written cannot be read before it is ended.

    >>> only_whole("a.pcap.xz")
    'a.pcap.xz: xz can be read once the capture has ended in order, not after SIGKILL: .gz and .zst can at all times'
    """
    return (
        f"{path}: xz can be read once the capture has ended in order, not after SIGKILL: .gz and .zst can at all times"
    )


def comment(text: str) -> str:
    """A comment that a file has on itself or an interface.

    >>> comment("recorded in the lab")
    'comment: recorded in the lab'
    """
    return f"comment: {text}"


def comments_left_out(path: str) -> str:
    """That comments of what was read are not in what was written.

    >>> comments_left_out("a.pcap")
    'a.pcap has not all comments: pcapng takes those on packets (NAME.pcapng), --comment those on the file'
    """
    return f"{path} has not all comments: pcapng takes those on packets (NAME.pcapng), --comment those on the file"


def crowded() -> str:
    """That more flows are open than there is memory for."""
    return "more flows are open than --flow-memory holds: unanswered SYNs, the oldest first, are counted together"


def streams_crowded_out(count: int) -> str:
    """What is said of streams that were told in parts, since more went on at once than are followed.

    >>> streams_crowded_out(1)
    '1 stream was told before its end: more went on at once than are followed'
    """
    was, its = ("was", "its") if count == 1 else ("were", "their")
    return f"{counted(count, 'stream')} {was} told before {its} end: more went on at once than are followed"


def silent_streams(asked: Collection[tuple[str, int]], *, chosen: bool) -> str:
    """What is said where nothing was said: of streams that were asked for, or of all; `chosen`: of those that pass.

    >>> silent_streams([("tcp", 99), ("udp", 1)], chosen=False), silent_streams([], chosen=True)
    ('no payload in tcp 99, udp 1', 'no payload in any stream that passes')
    """
    which = ", ".join(f"{protocol} {number}" for protocol, number in asked) or "any stream"
    return f"no payload in {which}{' that passes' if chosen else ''}"


def counters(found: Counters) -> str:
    """What was received and lost."""
    return (
        f"{counted(found.received, 'frame')} received by the filter, {found.dropped} dropped by the kernel, "
        f"{found.interface_dropped} dropped by the interface"
    )


def captured(found: Captured) -> str:
    """What came of a live capture."""
    flows = f", {counted(found.flows, 'flow')}" if found.flows is not None else ""
    told = f"{counted(found.frames, 'frame')} captured{flows} in {found.seconds:.1f} s; {counters(found)}"
    return told + _early(found.stopped)


def read(frames: int, kept: int, stopped: Stopped) -> str:
    """What came of a capture file.

    >>> read(10, 7, {})
    '10 frames read, 7 shown'
    >>> read(1, 1, {})
    '1 frame read, 1 shown'
    """
    return f"{counted(frames, 'frame')} read, {kept} shown{_early(stopped)}"


def unfiltered(left_out: Mapping[int, int]) -> str:
    """How many frames a filter left out because libpcap has no filter for their link type.

    >>> unfiltered({220: 10})
    '10 USB_LINUX_MMAPPED frames left out: libpcap cannot filter them'
    """
    kinds = " and ".join(f"{count} {linktypes.name(link)}" for link, count in sorted(left_out.items()))
    is_one = sum(left_out.values()) == 1
    return f"{kinds} frame{'s' * (not is_one)} left out: libpcap cannot filter {'it' if is_one else 'them'}"


def noticed(found: Noticed) -> list[str]:
    """What is said of it, a line each.

    >>> noticed(Noticed(wrong_sums=10))[0]
    '10 packets with wrong checksums count: the capture looks edited (--checksums verify leaves them out)'
    """
    lines = []
    if found.wrong_sums:
        is_offload = 2 * found.filled_in_later > found.wrong_sums
        why = "the sender's card looks to fill them in (offload)" if is_offload else "the capture looks edited"
        packets = counted(found.wrong_sums, "packet")
        lines.append(f"{packets} with wrong checksums count: {why} (--checksums verify leaves them out)")
    if found.stray_stamps:
        packets = counted(found.stray_stamps, "packet")
        lines.append(f"the clock jumps and comes back: {packets} got the time of the packet before")
    if found.steps_back:
        lines.append(f"the clock goes back by more than a second, {counted(found.steps_back, 'time')}")
    if found.split_flows:
        flows = counted(found.split_flows, "flow")
        lines.append(f"{flows} split: other VLAN ids in each direction (--vlan ignore puts them together)")
    if found.forgotten:
        packets = counted(found.forgotten, "packet")
        lines.append(f"{packets} in fragments not put together: more were unfinished than there is memory for")
    return lines + _crowded(found)


def forgotten(conversations: int) -> str:
    """What is said of UDP conversations whose messages were not all kept.

    >>> forgotten(1)
    '1 conversation told without its messages: those of others took the memory for them'
    """
    its = "its" if conversations == 1 else "their"
    told = f"{counted(conversations, 'conversation')} told without {its} messages"
    return f"{told}: those of others took the memory for them"


def untimed(connections: int) -> str:
    """What is said of TCP connections that were not timed.

    >>> untimed(1)
    '1 connection not timed: too many were open at once'
    """
    return f"{counted(connections, 'connection')} not timed: too many were open at once"


def _crowded(found: Noticed) -> list[str]:
    """What is said of flows that were not told, or not to their end.

    >>> _crowded(Noticed(together=2, together_bytes=80, together_last=3_000_000_000, untold=3))[0][:79]
    '2 flows of one unanswered SYN each (80 bytes, within 3.000 s) counted together,'
    """
    lines = []
    if found.together:
        flows = counted(found.together, "flow")
        size, span = counted(found.together_bytes, "byte"), pause(found.together_last - found.together_first)
        lines.append(
            f"{flows} of one unanswered SYN each ({size}, within {span}) counted together, "
            "not told: more were open than --flow-memory holds"
        )
    if found.ended_early:
        flows, whose = counted(found.ended_early, "flow"), "its" if found.ended_early == 1 else "their"
        lines.append(f"{flows} told before {whose} time was over: more were open than --flow-memory holds")
    if found.untold:
        lines.append(f"{counted(found.untold, 'flow')} still open and not told: the end was not to wait for them")
    return lines


def undecoded(stopped: Stopped) -> str:
    """What was not understood, by how often; empty where there is nothing.

    >>> from rawkit.decode import layout
    >>> undecoded({(layout.ETHERNET << 8 | layout.UNKNOWN, -1): 1, (layout.UNKNOWN, 195): 3})
    '3 IEEE802_15_4_WITHFCS unknown, 1 eth unknown'
    """
    ranked = sorted(stopped.items(), key=lambda found: -found[1])
    return ", ".join(f"{count} {stop_words(*key)}" for key, count in ranked)


def stop_words(stop: int, link: int) -> str:
    """What a number in the STOP column means, and the link type where that is the reason.

    >>> from rawkit.decode import layout
    >>> stop_words(layout.ETHERNET << 8 | layout.UNKNOWN, -1), stop_words(layout.UNKNOWN, 195)
    ('eth unknown', 'IEEE802_15_4_WITHFCS unknown')
    """
    from rawkit.decode.stops import stopped_at

    return " ".join(stopped_at(stop, link))


def _early(stopped: Stopped) -> str:
    return f"; stopped early: {undecoded(stopped)}" if stopped else ""
