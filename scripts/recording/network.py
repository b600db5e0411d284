"""The network that the stories happen in: a client, a router and a server, and a recorder on one of their links."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_interface
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from rawkit import linktypes
from rawkit.lab import EndSpec, Host, HostSpec, Lab, LabSpec, LinkSpec
from rawkit.lab.privileges import ensure_namespaces

from .recorder import PATIENCE, Recorder
from .scene import ADDRESSES, CLIENT_PORT, PORT, ROUTER_ON_SERVER_LINK

CONNECTIONS: Final = "tcp or icmp or (icmp6 and ip6[40] < 130)"
"""Filter: TCP, ICMP and ICMPv6 (errors and echo), but not neighbour discovery and MLD, which come at any time."""
IFA_F_TENTATIVE: Final = 0x40
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Network:
    """The hosts, the IP version that the story speaks, and the recorder that watches."""

    client: Host
    router: Host
    server: Host
    version: int
    recorder: Recorder

    def address(self, name: str) -> str:
        """The address of a host; that of the router is the one on the client's link."""
        return ADDRESSES[self.version][name]

    def unbound(self, host: Host, kind: int = socket.SOCK_STREAM, protocol: int = 0) -> socket.socket:
        """A socket in the host's network namespace, where it stays wherever it is used from."""
        family = socket.AF_INET if self.version == 4 else socket.AF_INET6
        with host.entered():
            made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.settimeout(PATIENCE)
        return made

    def bound(self, name: str, port: int, kind: int = socket.SOCK_STREAM) -> socket.socket:
        """A socket of the host of that name, bound to its address and the port."""
        made = self.unbound(getattr(self, name), kind)
        made.bind((self.address(name), port))
        return made

    def listen(self, backlog: int = 8) -> socket.socket:
        """The server's listening socket."""
        listener = self.bound("server", PORT)
        listener.listen(backlog)
        return listener

    def caller(self, port: int = CLIENT_PORT) -> socket.socket:
        """A socket of the client, ready to connect."""
        return self.bound("client", port)

    def connect(self, listener: socket.socket, port: int = CLIENT_PORT) -> tuple[socket.socket, socket.socket]:
        """A connection: the client's socket and the server's."""
        client = self.caller(port)
        client.connect((self.address("server"), PORT))
        server, _address = listener.accept()
        server.settimeout(PATIENCE)
        return client, server

    def connected(self) -> tuple[socket.socket, socket.socket]:
        """A connection to a listener that takes no other."""
        with self.listen() as listener:
            return self.connect(listener)


@dataclass(frozen=True, slots=True)
class Story:
    """What happens, and where and how it is recorded.

    Attributes:
        name: of the capture file.
        tell: makes it happen.
        version: of IP, 4 or 6.
        keep: libpcap's filter for what is recorded.
        where: the host and its interface.
        sysctls: for each host, names and values.
        rules: for each host, an nftables ruleset.
        offloads: whether the links take checksums and segmentation over, as network cards do.
        carried: the router forwards nothing itself: a Carrier does, in Python.
        link_type: ETHERNET, or a cooked one, for which the recorder makes the pseudo-header.
    """

    name: str
    tell: Callable[[Network], None]
    version: int = 4
    keep: str = CONNECTIONS
    where: tuple[str, str] = ("client", "eth0")
    sysctls: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: NOTHING)
    rules: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    offloads: bool = False
    carried: bool = False
    link_type: int = linktypes.ETHERNET


def end(host: str, interface: str, *addresses: str) -> EndSpec:
    """An end of a link, with an IPv4 address (of a /24) and an IPv6 one (of a /64)."""
    lengths = ("/24", "/64")
    return EndSpec(host, tuple(ip_interface(a + b) for a, b in zip(addresses, lengths, strict=True)), interface)


def spec(story: Story) -> LabSpec:
    """client -- router -- server, each side a link of its own."""
    near = end("router", "to-client", *(ADDRESSES[version]["router"] for version in (4, 6)))
    far = end("router", "to-server", *ROUTER_ON_SERVER_LINK.values())
    client, server = (end(name, "eth0", *(ADDRESSES[v][name] for v in (4, 6))) for name in ("client", "server"))
    gateways = {"client": near.addresses, "router": (), "server": far.addresses}
    return LabSpec(
        tuple(
            HostSpec(
                name,
                tuple(gateway.ip for gateway in gateways[name]),
                forward=name == "router" and not story.carried,
                sysctls=story.sysctls.get(name, NOTHING),
                nftables=story.rules.get(name, ""),
            )
            for name in gateways
        ),
        tuple(LinkSpec(ends, offload=story.offloads) for ends in ((client, near), (far, server))),
    )


def until_usable(host: Host) -> None:
    """Waits until the kernel lets sockets bind to the host's IPv6 addresses: it does so some time after link-up."""
    deadline = time.monotonic() + PATIENCE
    while tentative(host):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the addresses of {host.name} stay tentative")
        time.sleep(0.01)


def tentative(host: Host) -> bool:
    """Whether one of the host's IPv6 addresses is tentative (RFC 4862 section 2): bind() fails then."""
    with host.entered():
        lines = Path("/proc/thread-self/net/if_inet6").read_text().splitlines()
    return any(int(line.split()[4], 16) & IFA_F_TENTATIVE for line in lines)


@contextmanager
def network(story: Story) -> Iterator[Network]:
    """The story's network, recorded from entering until it has been quiet after the story's end."""
    ensure_namespaces()  # the story enters hosts, for which an ordinary user's process has to be another
    with Lab.from_spec(spec(story)) as lab:
        for one in lab.hosts.values():
            until_usable(one)
        host, interface = story.where
        with Recorder(lab[host], interface, story.keep, story.link_type) as recorder:
            yield Network(lab["client"], lab["router"], lab["server"], story.version, recorder)
            recorder.until_quiet()


def flagged(bits: int) -> str:
    """Filter: TCP segments with one of the flags, over IPv4 or IPv6 without extension headers."""
    return f"((tcp[13] & {bits} != 0) or (ip6[6] = 6 and ip6[53] & {bits} != 0))"


def rules(hook: str, *lines: str) -> str:
    """An nftables ruleset with one chain."""
    body = "\n".join([f"type filter hook {hook} priority 0", *lines])
    return f"table inet story {{\nchain {hook}s {{\n{body}\n}}\n}}\n"


@contextmanager
def fails_with(number: int) -> Iterator[None]:
    """Passes only where the block raises the OSError with that errno: it is what the README tells."""
    try:
        yield
    except OSError as error:
        if error.errno != number:
            raise
        return
    raise AssertionError(f"{errno.errorcode[number]} did not come")


def inject(host: Host, packet: Any) -> None:
    """Sends a whole IPv4 packet, built with scapy, from the host: its sockets know nothing of it."""
    with host.entered(), socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        raw.sendto(bytes(packet), (packet.dst, 0))


def receive(receiver: socket.socket, size: int) -> bytes:
    """Exactly so many bytes of a stream."""
    data = bytearray()
    while len(data) < size and (more := receiver.recv(size - len(data))):
        data += more
    return bytes(data)


def send(sender: socket.socket, receiver: socket.socket, data: bytes) -> None:
    """Sends the data and takes it at the other end."""
    sender.sendall(data)
    if receive(receiver, len(data)) != data:
        raise AssertionError("other data arrived than was sent")


def finish(first: socket.socket, second: socket.socket) -> None:
    """Closes one end, and the other once it has read the end of the stream."""
    first.close()
    if second.recv(1):
        raise AssertionError("data arrived where the stream should have ended")
    second.close()
