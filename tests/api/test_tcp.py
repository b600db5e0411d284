"""Our TCP against Linux's, over a tun device in a lab: what is sent arrives, and ends are what the kernel says."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from rawkit import tcp
from rawkit.errors import TargetError
from rawkit.lab import Host, Lab
from rawkit.sockets.tun import PATH
from rawkit.tcp.settings import SECOND
from rawkit.tcp.states import State

pytestmark = [pytest.mark.root, pytest.mark.netns]

OURS, KERNELS = "198.51.100.1", "198.51.100.2"
SIX, KERNELS_SIX = "2001:db8:5::1", "2001:db8:5::2"
PATIENCE = 20


@pytest.fixture(scope="module", params=[True, False], ids=["offload", "plain"])
def host(request: pytest.FixtureRequest) -> Iterator[tuple[Host, tcp.Tun]]:
    """A host whose kernel has the tun device tun0, and our end of that."""
    if not os.access(PATH, os.R_OK | os.W_OK):
        pytest.skip(f"needs {PATH}")
    with Lab("pair") as lab:
        client = lab["client"]
        with client.entered():
            tun = tcp.Tun("tun0", offload=request.param)
        with tun:
            for words in (
                f"address add {KERNELS}/24 dev tun0",
                f"address add {KERNELS_SIX}/64 dev tun0 nodad",
                "link set tun0 up",
            ):
                client.run(["ip", *words.split()], check=True)
            yield client, tun


@pytest.fixture
def network(host: tuple[Host, tcp.Tun]) -> Iterator[tcp.Network]:
    with tcp.Network(host[1], OURS) as network:
        yield network


@pytest.fixture
def kernel(host: tuple[Host, tcp.Tun]) -> Iterator[socket.socket]:
    """A listening socket of the kernel."""
    with host[0].socket() as listening:
        listening.settimeout(PATIENCE)
        listening.bind((KERNELS, 0))
        listening.listen()
        yield listening


@pytest.fixture
def both(network: tcp.Network, kernel: socket.socket) -> Iterator[tuple[tcp.TcpSocket, socket.socket]]:
    """A connection that we opened: our end, the kernel's."""
    with network.connect(kernel.getsockname(), PATIENCE) as ours:
        theirs, _ = kernel.accept()
        theirs.settimeout(PATIENCE)
        with theirs:
            yield ours, theirs


def pour(end: tcp.TcpSocket | socket.socket, data: bytes) -> threading.Thread:
    def run() -> None:
        end.sendall(data)
        end.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def drained(end: tcp.TcpSocket | socket.socket) -> str:
    digest = hashlib.sha256()
    while part := end.recv(1 << 16):
        digest.update(part)
    return digest.hexdigest()


def test_megabytes_both_ways_at_once(both):
    ours, theirs = both
    there, back = (random.Random(seed).randbytes(3_000_000) for seed in (1, 2))
    writing = [pour(ours, there), pour(theirs, back)]
    found: list[str] = []
    reading = threading.Thread(target=lambda: found.append(drained(theirs)))
    reading.start()
    assert drained(ours) == hashlib.sha256(back).hexdigest()
    for thread in (*writing, reading):
        thread.join()
    assert found == [hashlib.sha256(there).hexdigest()]
    assert ours.state in (State.TIME_WAIT, State.CLOSED)


class Lossy:
    """A link that loses packets both ways, by chance that is the same each time."""

    def __init__(self, link: tcp.Tun, loss: float) -> None:
        self._link, self._loss, self._chance = link, loss, random.Random(7)
        self.fileno, self.offloads = link.fileno, link.offloads

    def read(self) -> tuple[bytes, bool] | None:
        packet = self._link.read()
        while packet is not None and self._chance.random() < self._loss:
            packet = self._link.read()
        return packet

    def write(self, *packet: Any) -> bool:
        return self._chance.random() < self._loss or self._link.write(*packet)


@pytest.mark.parametrize("loss", [0.01, 0.05])
@pytest.mark.parametrize("sack", [True, False])
def test_what_the_link_loses_comes_again(host, kernel, loss, sack):
    data = random.Random(3).randbytes(400_000)
    with tcp.Network(Lossy(host[1], loss), OURS, tcp.Settings(sack=sack)) as network:
        ours = network.connect(kernel.getsockname(), PATIENCE)
        theirs, _ = kernel.accept()
        with theirs:
            theirs.settimeout(PATIENCE)
            ours.settimeout(PATIENCE)
            writing = [pour(ours, data), pour(theirs, data)]
            assert drained(theirs) == hashlib.sha256(data).hexdigest()
            assert drained(ours) == hashlib.sha256(data).hexdigest()
            for thread in writing:
                thread.join()


def test_the_kernel_connects_to_us(host, network):
    with network.listen(7000) as listener, host[0].socket() as theirs:
        listener.settimeout(PATIENCE)
        theirs.settimeout(PATIENCE)
        theirs.connect((OURS, 7000))
        accepted, where = listener.accept()
        assert where == theirs.getsockname()
        with accepted:
            accepted.settimeout(PATIENCE)
            theirs.sendall(b"question")
            assert accepted.recv(100) == b"question"
            accepted.sendall(b"answer")
            assert theirs.recv(100) == b"answer"


def test_ipv6(host):
    with tcp.Network(host[1], SIX) as network, host[0].socket(socket.AF_INET6) as listening:
        listening.bind((KERNELS_SIX, 0))
        listening.listen()
        with network.connect(listening.getsockname()[:2], PATIENCE) as ours:
            theirs, where = listening.accept()
            with theirs:
                assert where[:2] == ours.getsockname()
                theirs.sendall(b"six")
                assert ours.recv(10) == b"six"


def test_the_kernel_agrees_on_all_options(both):
    """TCP_INFO, tcp(7): tcpi_options has timestamps 1, SACK 2, window scale 4."""
    ours, theirs = both
    info = theirs.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    assert info[5] == 7
    assert info[0] == 1  # TCP_ESTABLISHED
    assert ours.state is State.ESTABLISHED


def until(ours: tcp.TcpSocket, *states: State) -> None:
    with ours._driver.changed:
        assert ours._driver.changed.wait_for(lambda: ours.state in states, PATIENCE), ours


def test_we_close_first(both):
    ours, theirs = both
    ours.shutdown(socket.SHUT_WR)
    assert theirs.recv(10) == b""
    until(ours, State.FIN_WAIT_2)
    theirs.sendall(b"still")
    assert ours.recv(10) == b"still"
    theirs.close()
    assert ours.recv(10) == b""
    until(ours, State.TIME_WAIT)


def test_the_kernel_closes_first(both):
    ours, theirs = both
    theirs.shutdown(socket.SHUT_WR)
    assert ours.recv(10) == b""
    assert ours.state is State.CLOSE_WAIT
    ours.sendall(b"still")
    assert theirs.recv(10) == b"still"
    ours.shutdown(socket.SHUT_WR)
    assert theirs.recv(10) == b""
    until(ours, State.CLOSED)


def test_nobody_listens(network, kernel):
    port = kernel.getsockname()[1]
    kernel.close()
    with pytest.raises(ConnectionRefusedError) as caught:
        network.connect((KERNELS, port), PATIENCE)
    assert caught.value.errno == errno.ECONNREFUSED


@pytest.mark.parametrize(("kind", "number"), [("unreachable", errno.EHOSTUNREACH), ("prohibit", errno.EHOSTUNREACH)])
def test_no_way(host, network, kind, number):
    """The kernel's own sockets say EHOSTUNREACH of both ICMP codes, 1 and 13."""
    client = host[0]
    client.run(["sysctl", "-qw", "net.ipv4.ip_forward=1"], check=True)
    client.run(["ip", "route", "add", kind, "198.18.1.0/24"], check=True)
    try:
        with pytest.raises(OSError, match="No route to host") as caught:
            network.connect(("198.18.1.1", 80), PATIENCE)
        assert caught.value.errno == number
    finally:
        client.run(["sysctl", "-qw", "net.ipv4.ip_forward=0"], check=True)
        client.run(["ip", "route", "del", kind, "198.18.1.0/24"], check=True)


def test_we_refuse(host, network):
    with host[0].socket() as theirs:
        theirs.settimeout(PATIENCE)
        with pytest.raises(ConnectionRefusedError):
            theirs.connect((OURS, 7001))


def test_nobody_answers(network):
    with pytest.raises(TimeoutError, match="timed out"):
        network.connect(("198.51.100.77", 80), 0.05)
    short = tcp.Settings(give_up_opening=SECOND // 20)
    with pytest.raises(TimeoutError) as caught:
        network.connect(("198.51.100.77", 80), settings=short)
    assert caught.value.errno == errno.ETIMEDOUT


def test_the_kernel_resets(both):
    """Data that nobody reads are left behind by close: the kernel sends a RST."""
    ours, theirs = both
    ours.sendall(b"unread")
    while not theirs.recv(10, socket.MSG_PEEK):
        pass
    theirs.close()
    with pytest.raises(ConnectionResetError):
        ours.recv(10)
    assert ours.recv(10) == b""
    with pytest.raises(BrokenPipeError):
        ours.send(b"x")


def test_we_reset(both):
    ours, theirs = both
    ours.abort()
    with pytest.raises(ConnectionResetError):
        theirs.recv(10)
    with pytest.raises(OSError, match="file descriptor") as caught:
        ours.send(b"x")
    assert caught.value.errno == errno.EBADF


def test_a_slow_reader_shuts_the_window_and_opens_it(both):
    ours, theirs = both
    data = random.Random(5).randbytes(4_000_000)
    writing = pour(ours, data)
    snd = ours._connection.block.snd
    with ours._driver.changed:
        assert ours._driver.changed.wait_for(lambda: snd.window == 0 and snd.una > snd.iss + 1, PATIENCE)
    assert drained(theirs) == hashlib.sha256(data).hexdigest()
    writing.join()


def test_waiting_ends_as_with_sockets(both):
    ours, _theirs = both
    ours.settimeout(0.02)
    with pytest.raises(TimeoutError, match="timed out"):
        ours.recv(1)
    ours.settimeout(0)
    with pytest.raises(BlockingIOError):
        ours.recv(1)


def test_a_port_of_our_own_and_twice(network, kernel):
    end = kernel.getsockname()
    with network.connect(end, PATIENCE, source_port=4242) as ours:
        _theirs, where = kernel.accept()
        assert where == (OURS, 4242) == ours.getsockname()
        with pytest.raises(OSError, match="in use") as caught:
            network.connect(end, PATIENCE, source_port=4242)
        assert caught.value.errno == errno.EADDRINUSE
        _theirs.close()


def test_what_is_no_address(network):
    with pytest.raises(TargetError, match="give one"):
        network.connect(("nowhere", 80))
    with pytest.raises(TargetError, match="another family"):
        network.connect((KERNELS_SIX, 80))
