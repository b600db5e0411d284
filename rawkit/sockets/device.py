"""What the kernel says of an interface through any socket, by ioctl (netdevice(7)).

It answers for the network namespace that the socket was opened in, also where the thread has left it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct
from typing import Final

from rawkit import linktypes
from rawkit.errors import TargetError
from rawkit.sockets import layout
from rawkit.values import dataclass

SIOCGIFNAME: Final = 0x8910
SIOCGIFFLAGS: Final = 0x8913
SIOCGIFHWADDR: Final = 0x8927
SIOCGIFINDEX: Final = 0x8933
IFF_UP: Final = 1
IFNAMSIZ: Final = 16


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of link, by LINKTYPE numbers: of its frames as a receive ring gives them, and of those that can be sent.

    Where a link has a header of its own that a program does not make (PPP, GRE), IP packets are sent, and the kernel
    puts the header on; captured they have a cooked one, for what the kernel shows of the link's own is not reliable.
    """

    captured: int
    sent: int


_ETHERNET: Final = _Kind(linktypes.ETHERNET, linktypes.ETHERNET)
_BARE: Final = _Kind(linktypes.RAW, linktypes.RAW)
_COOKED: Final = _Kind(linktypes.LINUX_SLL2, linktypes.RAW)
_KINDS: Final = {
    layout.ARPHRD_ETHER: _ETHERNET,
    layout.ARPHRD_LOOPBACK: _ETHERNET,
    layout.ARPHRD_RAWIP: _BARE,
    layout.ARPHRD_TUNNEL: _BARE,
    layout.ARPHRD_TUNNEL6: _BARE,
    layout.ARPHRD_SIT: _BARE,
    layout.ARPHRD_NONE: _BARE,
    layout.ARPHRD_IPGRE: _COOKED,
    layout.ARPHRD_IP6GRE: _COOKED,
    layout.ARPHRD_PPP: _COOKED,
    layout.ARPHRD_SLIP: _COOKED,
    layout.ARPHRD_CSLIP: _COOKED,
    layout.ARPHRD_CISCO: _COOKED,
    layout.ARPHRD_RAWHDLC: _COOKED,
}


NOT_MADE: Final = "frames of this kind of link cannot be made: choose another interface"
"""What is said where nothing can be sent."""


def link_type_of(hatype: int) -> int:
    """The LINKTYPE number of frames captured on an interface with that ARPHRD number (linux/if_arp.h).

    The loopback interface has Ethernet frames, tunnels have bare IP packets; every other kind of link is captured
    with cooked headers (LINUX_SLL2).

    >>> link_type_of(772), link_type_of(65534), link_type_of(512)
    (1, 101, 276)
    """
    kind = _KINDS.get(hatype)
    return linktypes.LINUX_SLL2 if kind is None else kind.captured


def sent_type_of(hatype: int) -> int | None:
    """The LINKTYPE number of frames that can be sent on such an interface: Ethernet frames, or bare IP packets (RAW).

    None for kinds of links for which none can be made.

    >>> sent_type_of(1), sent_type_of(512), sent_type_of(778), sent_type_of(824)
    (1, 101, 101, None)
    """
    kind = _KINDS.get(hatype)
    return None if kind is None else kind.sent


def link_type(interface: str | None, sock: socket.socket | None = None) -> int:
    """The LINKTYPE number of an interface's frames as a receive ring gives them; None stands for all interfaces.

    With a socket the interface is one of the socket's network namespace.

    TargetError where there is no such interface.

    >>> link_type("lo"), link_type(None)
    (1, 276)
    """
    if interface is None:
        return linktypes.LINUX_SLL2
    if sock is not None:
        return link_type_of(hardware_type(sock, interface))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        return link_type_of(hardware_type(control, interface))


def hardware_type(sock: socket.socket, name: str) -> int:
    """The ARPHRD number of an interface; TargetError where there is no such interface."""
    (hatype,) = struct.unpack_from("=H", _ask(sock, SIOCGIFHWADDR, name), IFNAMSIZ)
    return int(hatype)


def index_of(sock: socket.socket, name: str) -> int:
    """The index of an interface; TargetError where there is none of that name."""
    (index,) = struct.unpack_from("=i", _ask(sock, SIOCGIFINDEX, name), IFNAMSIZ)
    return int(index)


def name_of(sock: socket.socket, index: int) -> str | None:
    """The name of the interface of an index, None where it is gone."""
    request = struct.pack(f"={IFNAMSIZ}si20x", b"", index)
    try:
        answer = fcntl.ioctl(sock, SIOCGIFNAME, request)
    except OSError as error:
        if error.errno == errno.ENODEV:
            return None
        raise
    return os.fsdecode(answer[:IFNAMSIZ].rstrip(b"\0"))


def is_up(sock: socket.socket, name: str) -> bool:
    """Whether an interface is set up (IFF_UP); TargetError where it is gone."""
    (flags,) = struct.unpack_from("=H", _ask(sock, SIOCGIFFLAGS, name), IFNAMSIZ)
    return bool(flags & IFF_UP)


def _ask(sock: socket.socket, request: int, name: str) -> bytes:
    """The struct ifreq that answers a request by name."""
    raw = os.fsencode(name)
    if 0 < len(raw) < IFNAMSIZ and b"\0" not in raw:
        try:
            return fcntl.ioctl(sock, request, raw.ljust(40, b"\0"))
        except OSError as error:
            if error.errno != errno.ENODEV:
                raise
    raise TargetError(f"no interface {name!r}: name one that `ip link` lists")
