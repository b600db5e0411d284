"""Sockets as the files of /proc/net have them (proc_net(5)): what is read where a kernel lacks a sock_diag."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from socket import AF_INET, AF_INET6
from struct import Struct
from sys import byteorder
from typing import Final

from rawkit.diag.inet import text
from rawkit.diag.netlinks import SUBSYSTEMS
from rawkit.diag.packet import protocol_name
from rawkit.diag.socket import PACKET_NETIDS, UNIX_NETIDS, Socket
from rawkit.diag.states import ESTAB, LISTEN, UNCONN, state_of

FILES: Final = {
    "tcp": ("tcp", "tcp6"),
    "mptcp": (),
    "udp": ("udp", "udp6"),
    "udplite": ("udplite", "udplite6"),
    "raw": ("raw", "raw6"),
    "icmp": ("icmp", "icmp6"),
    "unix": ("unix",),
    "packet": ("packet",),
    "netlink": ("netlink",),
}
"""The files of a table; MPTCP has none."""
_WORDS: Final = Struct("=4I")
_LISTENS: Final = 0x10000
"""__SO_ACCEPTCON: of a Unix socket's flags, that it listens."""


def sockets(table: str, lines: Iterable[str]) -> Iterator[Socket]:
    """The sockets of a file; lines that are none, such as the first, are left out.

    >>> line = "  1: 0100007F:0016 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 77 1 0"
    >>> [(one.state, one.local, one.local_port, one.recv_q, one.uid, one.inode) for one in sockets("tcp", [line])]
    [('LISTEN', '127.0.0.1', 22, 3, 1000, 77)]
    """
    read = _READERS.get(table, _inet)
    for line in lines:
        try:
            found = read(table, line)
        except (ValueError, IndexError, OverflowError):
            continue
        if found is not None:
            yield found


def _inet(table: str, line: str) -> Socket | None:
    words = line.split()
    local, local_port = _end(words[1])
    remote, remote_port = _end(words[2])
    sent, received = (int(word, 16) for word in words[4].split(":"))
    return Socket(
        table, state_of(int(words[3], 16)), received, sent, local, local_port, remote, remote_port,
        uid=int(words[7]), inode=int(words[9]), is_diag=False,
    )  # fmt: skip


def _end(word: str) -> tuple[str, int]:
    """An address, in 32-bit words of the machine's order, and a port.

    >>> _end("0100007F:0016")
    ('127.0.0.1', 22)
    """
    digits, _, port = word.partition(":")
    family = AF_INET if len(digits) == 8 else AF_INET6
    raw = b"".join(int(digits[at : at + 8], 16).to_bytes(4, byteorder) for at in range(0, len(digits), 8))
    return text(family, raw.ljust(16, b"\0")), int(port, 16)


def _unix(_table: str, line: str) -> Socket | None:
    words = line.split(maxsplit=7)
    kind, state = int(words[4], 16), int(words[5], 16)
    name = words[7].rstrip("\n") if len(words) > 7 else ""
    listens = int(words[3], 16) & _LISTENS
    return Socket(
        UNIX_NETIDS.get(kind, "u_str"), LISTEN if listens else ESTAB if state == 3 else UNCONN,
        0, 0, name, 0, "", 0, inode=int(words[6]), is_diag=False,
    )  # fmt: skip


def _packet(_table: str, line: str) -> Socket | None:
    words = line.split()
    return Socket(
        PACKET_NETIDS.get(int(words[2]), "p_raw"), UNCONN, int(words[6]), 0, protocol_name(int(words[3], 16)), 0, "", 0,
        interface=int(words[4]), uid=int(words[7]), inode=int(words[8]), is_diag=False,
    )  # fmt: skip


def _netlink(_table: str, line: str) -> Socket | None:
    words = line.split()
    protocol = int(words[1])
    return Socket(
        "nl", UNCONN, int(words[4]), int(words[5]), SUBSYSTEMS.get(protocol, str(protocol)), int(words[2]), "", 0,
        inode=int(words[9]), is_diag=False,
    )  # fmt: skip


_READERS: Final[dict[str, Callable[[str, str], Socket | None]]] = {
    "unix": _unix, "packet": _packet, "netlink": _netlink,
}  # fmt: skip
