"""An echo of this host to itself just before a probe, so that the probe meets a processor that is ready for it.

Between two probes a processor sleeps, and forgets from its caches how the kernel sends, answers and receives an echo.
The first packet after that takes longer to find its way through this host than those that follow: what would be
measured is the pause, not the way. The rehearsal goes over the loopback interface and through the same code; on no
line is there a packet more. The probe's round trip is still between the kernel's stamps of the probe itself.

It has stamps made as well, since the kernel's work on the probe's transmit stamp is in the probe's round trip. Several
rehearsals in a row, or one every 20 to 200 us while the loop waits, gained nothing that could be told from chance; nor
did SO_BUSY_POLL, SCHED_FIFO and keeping to one processor. docs/ping.md has figures.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from ipaddress import ip_address
from typing import Final

from rawkit.probe.ping.icmp import IcmpEcho
from rawkit.probe.ping.results import Probe
from rawkit.probe.targets import Target
from rawkit.run.ping import filter as ping_filter
from rawkit.sockets.ip.stamps import FROM_ERROR_QUEUE, ROOM, enable_stamps

PAUSE: Final = 500_000
"""Nanoseconds after a probe within which the next one needs no rehearsal: caches are still full of it."""

_LOOPBACK: Final = {4: "127.0.0.1", 6: "::1"}


class Rehearsal:
    """Sends echo requests to this host; what comes back is dropped by the socket's filter.

    Args:
        sock: a raw ICMP socket or a ping socket; it belongs to the rehearsal from now on.
        echo: makes the requests, with an identifier that no ping uses.

    Raises OSError where there is no loopback interface, or it is down.
    """

    def __init__(self, sock: socket.socket, echo: IcmpEcho) -> None:
        self._socket, self._last = sock, 0
        with suppress(OSError):
            enable_stamps(sock)
        here = _LOOPBACK[echo.version]
        self._request = echo.request(Probe(0, Target(here, ip_address(here)), 0, 0))
        ping_filter.attach(sock, ping_filter.NOTHING)
        sock.setblocking(False)
        sock.connect((here, 0))

    def __call__(self) -> None:
        """Rehearses, unless the last probe was sent a moment ago."""
        now = time.monotonic_ns()
        if now - self._last >= PAUSE:
            with suppress(OSError):
                self._socket.recvmsg(0, ROOM, FROM_ERROR_QUEUE)  # the last one's stamp
            with suppress(OSError):  # the probe will do without
                self._socket.send(self._request)
        self._last = now

    def close(self) -> None:
        """Closes the socket."""
        self._socket.close()
