"""`Driver`: where a host's connections, a link and the clock meet: a thread that waits for packets and for time."""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from rawkit.facts import ipv4, ipv6, tcp
from rawkit.sockets.receive.bell import Bell
from rawkit.tcp.host import Host
from rawkit.tcp.icmp import error_in
from rawkit.tcp.packets import from_packet, to_packet

Made = TypeVar("Made")

_AT_ONCE: Final = 64
"""Packets that are taken in one turn, before what they caused is sent."""


class Link(Protocol):
    """What carries IP packets: `rawkit.sockets.tun.Tun`, whose words these are.

    Attributes:
        offloads: whether it takes large segments and segments without a checksum.
    """

    offloads: bool

    def fileno(self) -> int:
        """A descriptor that is readable where a packet waits."""

    def read(self) -> tuple[bytes, bool] | None:
        """The next packet and whether its checksum is known to be right, None where none waits."""

    def write(self, packet: bytes, head: int, transport: int, checksum: int, size: int) -> bool:
        """Sends a packet; whether it was taken."""


class Driver:
    """Runs a host over a link until it is stopped.

    All that is done with the host and its connections is done while `changed` is held; who waits for something waits
    on it.

    Attributes:
        host: the connections.
        changed: is notified after each turn in which something arrived or ran out.
        refused: packets that the link did not take; TCP sends their segments again.
        error: what ended the thread, None as long as it runs and where it was stopped.
    """

    def __init__(self, host: Host, link: Link) -> None:
        self.host = host
        self.changed = threading.Condition()
        self.refused = 0
        self.error: BaseException | None = None
        self._link = link
        self._bell = Bell()
        self._is_stopped = False
        self._sleeps_until: int | None = 0
        self._thread = threading.Thread(target=self._run, name="rawkit-tcp", daemon=True)
        self._thread.start()

    def do(self, what: Callable[[int], Made]) -> Made:
        """Calls a function with the time, and sends what follows. `changed` has to be held."""
        try:
            return what(time.monotonic_ns())
        finally:
            self._send()
            deadline = self.host.deadline
            if deadline is not None and (self._sleeps_until is None or deadline < self._sleeps_until):
                self._bell.ring()

    def _send(self) -> None:
        for flow, segment in self.host.segments():
            packet = to_packet(segment, flow, whole_sum=not self._link.offloads)
            head = len(packet) - len(segment.payload)
            transport = ipv4.HEADER_LEN if flow.local.version == 4 else ipv6.HEADER_LEN
            size = self.host.segment_size(flow)
            is_large = len(segment.payload) > size
            self.refused += not self._link.write(packet, head, transport, tcp.CHECKSUM, size if is_large else 0)

    def _run(self) -> None:
        try:
            poll = select.poll()
            poll.register(self._link.fileno(), select.POLLIN)
            poll.register(self._bell.fileno(), select.POLLIN)
            while not self._is_stopped:
                poll.poll(self._patience())
                self._bell.hush()
                self._turn()
        except BaseException as error:
            self.error = error
        finally:
            with self.changed:
                self._is_stopped = True
                self.changed.notify_all()

    def _patience(self) -> float | None:
        """Milliseconds until the next deadline."""
        with self.changed:
            self._sleeps_until = deadline = self.host.deadline
        return None if deadline is None else max(deadline - time.monotonic_ns() + 999_999, 0) / 1e6

    def _turn(self) -> None:
        with self.changed:
            for _ in range(_AT_ONCE):
                packet = self._link.read()
                if packet is None:
                    break
                self._take(*packet)
            self.host.tick(time.monotonic_ns())
            self._send()
            self._sleeps_until = 0
            self.changed.notify_all()

    def _take(self, packet: bytes, is_right: bool) -> None:
        found = from_packet(packet, is_right=is_right)
        if found is not None:
            self.host.receive(*found, time.monotonic_ns())
        elif (error := error_in(packet)) is not None:
            self.host.path_error(*error, time.monotonic_ns())

    @property
    def is_stopped(self) -> bool:
        """Whether nothing goes on any more."""
        return self._is_stopped

    def stop(self) -> None:
        """Ends the thread; connections are left as they are."""
        self._is_stopped = True
        self._bell.ring()
        self._thread.join()
