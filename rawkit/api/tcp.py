"""TCP connections of our own stack, with sockets' own words."""

from __future__ import annotations

import errno
import os
import random
import secrets
import socket
import time
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final, TypeVar

from rawkit.errors import TargetError
from rawkit.facts import ipv6
from rawkit.facts.tcp import HEADER_LEN_MAX
from rawkit.run.tcp.driver import Driver, Link
from rawkit.sockets.closing import Closes
from rawkit.sockets.tun import Tun
from rawkit.tcp.connection import Connection
from rawkit.tcp.host import Host, Listener
from rawkit.tcp.settings import Settings
from rawkit.tcp.states import State
from rawkit.values import replace
from rawkit.wire.address import IPAddress

__all__ = ["Network", "Settings", "TcpListener", "TcpSocket", "Tun", "connect", "listen"]

Made = TypeVar("Made")
_BACKLOG: Final = 128
_PACKET: Final = 65535 - HEADER_LEN_MAX - ipv6.HEADER_LEN
"""Payload that an IP packet has room for beside any header."""


class Network(Closes):
    """A host of its own on a link: an address that the kernel does not have, and the connections of it.

    Args:
        link: what carries its IP packets: a `Tun`.
        address: the host's own; the kernel has to route it to the link.
        settings: of its connections, where they are not given others.

    A context manager; at its end connections that are still open are reset.
    """

    def __init__(self, link: Link, address: str | IPAddress, settings: Settings = Settings()) -> None:  # noqa: B008
        self.address = _address(address)
        if link.offloads:
            burst = _PACKET // settings.own_mss(self.address.version)
            settings = replace(settings, burst=max(settings.burst, burst))
        host = Host([self.address], settings, secrets.token_bytes(32), random.SystemRandom())
        self._driver = Driver(host, link)
        self._host = host

    def connect(
        self,
        address: tuple[str, int],
        timeout: float | None = None,
        *,
        source_port: int | None = None,
        settings: Settings | None = None,
    ) -> TcpSocket:
        """A connection to a host and port, open.

        Raises OSError as a socket of the kernel would: ConnectionRefusedError, TimeoutError, EADDRINUSE; TargetError
        where the address is none, or of another family.
        """
        remote = _address(address[0])
        if remote.version != self.address.version:
            raise TargetError(f"{remote} is of another family than {self.address}: give an address of the same")
        driver = self._driver
        with driver.changed:
            made = driver.do(
                lambda now: self._host.connect(self.address, (remote, address[1]), now, source_port, settings)
            )
            opened = TcpSocket(driver, made, timeout)
            try:
                opened._wait(lambda: made.is_open or made.state is State.CLOSED)
            except TimeoutError:
                driver.do(opened._abort)
                raise
            if made.state is State.CLOSED:
                raise made.failure() or ConnectionAbortedError(errno.ECONNABORTED, os.strerror(errno.ECONNABORTED))
        return opened

    def listen(self, port: int, backlog: int = _BACKLOG, *, settings: Settings | None = None) -> TcpListener:
        """Takes connections to a port. Raises OSError with EADDRINUSE where that is done already."""
        with self._driver.changed:
            return TcpListener(self._driver, self._host.listen((self.address, port), backlog, settings))

    def close(self) -> None:
        """Ends all: connections that are still open are reset."""
        driver = self._driver
        with driver.changed:
            for connection in list(self._host.connections.values()):
                driver.do(TcpSocket(driver, connection, None)._abort)
        driver.stop()


class _Waiting(Closes):
    """What a socket and a listener have in common: they wait, for so long."""

    def __init__(self, driver: Driver, timeout: float | None) -> None:
        self._driver, self._timeout = driver, timeout

    def settimeout(self, seconds: float | None) -> None:
        """How long a call may wait before it raises TimeoutError; None for ever; 0: BlockingIOError at once."""
        self._timeout = seconds

    def gettimeout(self) -> float | None:
        """What `settimeout` set."""
        return self._timeout

    def _wait(self, until: Callable[[], bool]) -> None:
        """Waits with `changed` held."""
        end = None if self._timeout is None else time.monotonic() + self._timeout
        while not until():
            if self._driver.is_stopped:
                raise OSError(errno.EBADF, "the network of this socket is closed")
            if self._timeout == 0:
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError("timed out")
            self._driver.changed.wait(left)


class TcpSocket(_Waiting):
    """One connection, with the words of `socket.socket`. Calls block; any thread may make them."""

    def __init__(self, driver: Driver, connection: Connection, timeout: float | None) -> None:
        super().__init__(driver, timeout)
        self._connection = connection
        self._is_closed = False

    def __repr__(self) -> str:
        return f"<TcpSocket {self._connection!r}>"

    @property
    def state(self) -> State:
        """The state of RFC 9293, section 3.3.2."""
        return self._connection.state

    def getsockname(self) -> tuple[str, int]:
        """This end."""
        flow = self._connection.flow
        return str(flow.local), flow.local_port

    def getpeername(self) -> tuple[str, int]:
        """The other end."""
        flow = self._connection.flow
        return str(flow.remote), flow.remote_port

    def send(self, data: bytes) -> int:
        """Gives data to send, as much as there is room for, and returns how much; waits where there is no room."""
        connection = self._open()
        with self._driver.changed:
            self._raise_failure()
            self._wait(lambda: connection.writable > 0 or connection.state is State.CLOSED)
            self._raise_failure()
            return self._do(lambda now: connection.send(data, now))

    def sendall(self, data: bytes) -> None:
        """Gives all data to send; waits where there is no room."""
        left = memoryview(data)
        while left:
            left = left[self.send(bytes(left[: self._connection.block.settings.send_buffer])) :]

    def recv(self, size: int) -> bytes:
        """Up to `size` bytes that arrived; waits for one at least. `b""` where the peer sends no more."""
        connection = self._open()
        with self._driver.changed:
            self._wait(lambda: connection.readable > 0 or connection.has_ended)
            if not connection.readable:
                self._raise_failure()
                return b""
            return self._do(lambda now: connection.read(size, now))

    def shutdown(self, how: int) -> None:
        """SHUT_WR or SHUT_RDWR: a FIN follows what was given. SHUT_RD sends nothing, as with the kernel."""
        connection = self._open()
        if how in (socket.SHUT_WR, socket.SHUT_RDWR):
            with self._driver.changed:
                if connection.state is State.CLOSED:
                    raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
                self._do(connection.shutdown)

    def close(self) -> None:
        """Gives the connection back: what was given is still sent, and a FIN; where something is unread, a RST."""
        if not self._is_closed and not self._driver.is_stopped:
            self._is_closed = True
            with self._driver.changed:
                self._do(self._connection.close)

    def abort(self) -> None:
        """Ends the connection with a RST, as SO_LINGER with 0 seconds does."""
        if not self._is_closed and not self._driver.is_stopped:
            self._is_closed = True
            with self._driver.changed:
                self._driver.do(self._abort)

    def _open(self) -> Connection:
        if self._is_closed:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return self._connection

    def _do(self, what: Callable[[int], Made]) -> Made:
        self._driver.host.touch(self._connection)
        return self._driver.do(what)

    def _abort(self, now: int) -> None:
        self._driver.host.touch(self._connection)
        self._connection.abort(now)

    def _raise_failure(self) -> None:
        failure = self._connection.failure()
        if failure is not None:
            raise failure


class TcpListener(_Waiting):
    """A port on which connections are taken."""

    def __init__(self, driver: Driver, listener: Listener) -> None:
        super().__init__(driver, None)
        self._listener = listener
        self._is_closed = False

    def getsockname(self) -> tuple[str, int]:
        """Its address and port."""
        address, port = self._listener.end
        return str(address), port

    def accept(self) -> tuple[TcpSocket, tuple[str, int]]:
        """The next connection whose handshake is done, and its other end; waits for it."""
        if self._is_closed:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        with self._driver.changed:
            self._wait(lambda: len(self._listener.ready) > 0)
            accepted = TcpSocket(self._driver, self._listener.ready.popleft(), None)
        return accepted, accepted.getpeername()

    def close(self) -> None:
        """Takes no more connections; those that nobody took are reset."""
        if not self._is_closed and not self._driver.is_stopped:
            self._is_closed = True
            with self._driver.changed:
                self._driver.do(lambda now: self._driver.host.stop_listening(self._listener, now))


def connect(address: tuple[str, int], timeout: float | None = None, *, network: Network) -> TcpSocket:
    """A connection over a network: `network.connect(address, timeout)`, as `socket.create_connection` has it."""
    return network.connect(address, timeout)


def listen(port: int, backlog: int = _BACKLOG, *, network: Network) -> TcpListener:
    """A listener of a network: `network.listen(port, backlog)`."""
    return network.listen(port, backlog)


def _address(address: str | IPAddress) -> IPAddress:
    try:
        return ip_address(address)
    except ValueError:
        raise TargetError(f"{address!r} is no IP address: give one") from None
