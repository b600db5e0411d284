"""Labs for the tests of sockets, and a sender that is none of ours."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_interface

import pytest

from rawkit.errors import PrivilegeError
from rawkit.lab import EndSpec, Host, HostSpec, Lab, LabSpec, LinkSpec

ETHERTYPE = 0x88B5
"""Local experimental (IEEE 802): nothing else on the wire has it."""
HEAD = bytes.fromhex("020000000200 020000000100") + ETHERTYPE.to_bytes(2)

TUN = "/dev/net/tun"
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000

SendFrames = Callable[[Host, list[bytes]], None]


@pytest.fixture(scope="session")
def namespaces() -> None:
    """Skips the test where this process may not make namespaces."""
    try:
        Lab.from_spec("pair").close()
    except PrivilegeError as error:
        pytest.skip(str(error))


@pytest.fixture
def pair(namespaces: None) -> Iterator[Lab]:
    """The scenario `pair`, up, with offloads off."""
    with Lab.from_spec("pair") as lab:
        settle(lab)
        yield lab


def settle(lab: Lab) -> None:
    """Returns when all IPv6 addresses can be used: without duplicate detection too they are tentative for a moment."""
    end = time.monotonic() + 30
    for host in lab.hosts.values():
        while host.run(["ip", "-6", "addr", "show", "tentative"], check=True).stdout:
            assert time.monotonic() < end


@pytest.fixture
def routed(namespaces: None) -> Iterator[Lab]:
    """The scenario `router`, up."""
    with Lab.from_spec("router") as lab:
        settle(lab)
        yield lab


@pytest.fixture
def offloading(namespaces: None) -> Iterator[Lab]:
    """A client and a server whose stacks leave checksums and segmentation to the link."""
    ends = tuple(
        EndSpec(name, (ip_interface(f"192.0.2.{number}/24"),)) for number, name in ((10, "client"), (20, "server"))
    )
    with Lab(LabSpec((HostSpec("client"), HostSpec("server")), (LinkSpec(ends, offload=True),))) as lab:
        yield lab


@pytest.fixture(scope="session")
def numbered() -> Callable[[int], list[bytes]]:
    """Makes so many frames, each with its number, of various lengths."""

    def make(count: int) -> list[bytes]:
        return [HEAD + number.to_bytes(4) + bytes(42 + number * 7 % 1000) for number in range(count)]

    return make


@pytest.fixture(scope="session")
def send_frames() -> SendFrames:
    """Sends frames out of a host's eth0, one by one."""

    def send(host: Host, frames: list[bytes]) -> None:
        with host.entered(), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
            sender.bind(("eth0", 0))
            for frame in frames:
                sender.send(frame)

    return send


@pytest.fixture
def tun_allowed() -> None:
    """Skips the test where this process may not have tun devices."""
    if not os.access(TUN, os.R_OK | os.W_OK):
        pytest.skip(f"needs {TUN}")


@pytest.fixture
def tun(tun_allowed: None, pair: Lab) -> Iterator[int]:
    """A descriptor of the tun device tun0 of the client, which is down yet."""
    with pair["client"].entered():  # the device belongs to the namespace in which this is opened
        descriptor = os.open(TUN, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", b"tun0", IFF_TUN | IFF_NO_PI))
        yield descriptor
    finally:
        os.close(descriptor)
