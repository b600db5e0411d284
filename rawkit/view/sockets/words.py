"""Parts of a socket's line: ends, timers, memory, TCP_INFO."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from rawkit.diag.details import SOCKET_MEMORY_NAME, TCP_INFO_NAME, is_v6only
from rawkit.diag.memory import LETTERS
from rawkit.diag.socket import INET, KINDS, TIMERS, Socket
from rawkit.diag.tcp_info import MPTCP_INFO, TCP_INFO
from rawkit.view.sockets.facts import Facts, holder_text

ANY: Final = "*"
"""What stands for no address, and for no port."""
_SUFFIXES: Final = {field.name: field.unit for field in (*MPTCP_INFO, *TCP_INFO) if field.unit not in ("", "segments")}
"""The units that are written behind numbers."""
_UNLIMITED: Final = ((1 << 64) - 1, (1 << 32) - 1, (1 << 31) - 1)
"""What the kernel has for no limit, of a rate and of a threshold."""
_PLAIN: Final = frozenset(INET) - {"raw"}
"""The kinds whose ends are addresses and ports; most sockets of a busy host are of these."""
_SAID: Final = ("state", "options", "snd_wscale", "rcv_wscale")
"""Fields of TCP_INFO that a line has in other words."""
Port = Callable[[Socket, int], str]


def ports(services: Mapping[tuple[str, int], str], protocols: Mapping[int, str]) -> Port:
    """What writes ports, by their services where they have a name.

    >>> write = ports({("tcp", 22): "ssh"}, {1: "ICMP"})
    >>> one = Socket("tcp", "LISTEN", 0, 0, "127.0.0.1", 22, "0.0.0.0", 0)
    >>> write(one, 22), write(one, 23), write(one, 0), write(one._replace(netid="raw"), 1)
    ('ssh', '23', '*', 'icmp')
    """
    names = {netid: _transport(netid) for netid in KINDS}

    def write(socket: Socket, port: int) -> str:
        if socket.netid == "raw":
            return protocols[port].lower() if port in protocols else str(port)
        return services.get((names[socket.netid], port)) or str(port or ANY)

    return write


def plain_port(_socket: Socket, port: int) -> str:
    """A port as a number."""
    return str(port or ANY)


def _transport(netid: str) -> str:
    """The protocol whose services it has in services(5)."""
    return {"mptcp": "tcp", "udplite": "udp"}.get(netid, netid)


def local_end(facts: Facts, port: Port) -> Callable[[Socket], str]:
    """What writes the local end of a socket, as ss does."""

    def write(socket: Socket) -> str:
        netid, local = socket.netid, socket.local
        if netid in _PLAIN and not socket.interface:
            return f"{_address(socket, local) if ':' in local else local}:{port(socket, socket.local_port)}"
        if netid[:2] == "u_":
            return f"{local or ANY} {socket.inode}"
        if netid[:2] == "p_":
            return f"{local}:{facts.interface(socket.interface) if socket.interface else ANY}"
        if netid == "nl":
            return f"{local}:{_port_id(facts, socket)}"
        address = _address(socket, local) if ":" in local else local
        if socket.interface:
            address = f"{address}%{facts.interface(socket.interface)}"
        return f"{address}:{port(socket, socket.local_port)}"

    return write


def remote_end(facts: Facts, port: Port) -> Callable[[Socket], str]:
    """What writes the other end; of a Unix socket the name and the inode of its peer."""

    def write(socket: Socket) -> str:
        netid, remote = socket.netid, socket.remote
        if netid in _PLAIN:
            return f"{_address(socket, remote) if ':' in remote else remote}:{port(socket, socket.remote_port)}"
        if netid[:2] == "u_":
            return f"{facts.unix_name(socket.peer) or ANY} {socket.peer}"
        if netid[:2] == "p_" or netid == "nl":
            return ANY if not socket.remote_port else f"{ANY}:{socket.remote_port}"
        return f"{_address(socket, remote) if ':' in remote else remote}:{plain_port(socket, socket.remote_port)}"

    return write


def _address(socket: Socket, address: str) -> str:
    """An address; `*` for all of IPv6 and IPv4."""
    if address == "::" and not is_v6only(socket):
        return ANY
    return f"[{address}]" if ":" in address else address


def _port_id(facts: Facts, socket: Socket) -> str:
    """Whose a netlink socket is: the kernel's, a process by name, or a number that nobody has."""
    holders = facts.holders(socket.inode)
    if holders:
        return f"{holders[0].name}/{socket.local_port}"
    return str(socket.local_port) if socket.local_port else "kernel"


def timer(socket: Socket) -> str:
    """What a socket waits for, how long, and how often that was sent again: ss's words.

    >>> one = Socket("tcp", "ESTAB", 0, 0, "", 0, "", 0, timer=2, expires_ms=84_300)
    >>> timer(one), timer(one._replace(timer=1, expires_ms=203, retransmits=2)), timer(one._replace(timer=0))
    ('keepalive,1min24sec,0', 'on,203ms,2', '')
    """
    if not socket.timer:
        return ""
    name = TIMERS[socket.timer] if socket.timer < len(TIMERS) else str(socket.timer)
    return f"{name},{_lasting(socket.expires_ms)},{socket.retransmits}"


def _lasting(milliseconds: int) -> str:
    """A time in ss's words.

    >>> _lasting(7_260_000), _lasting(9_400), _lasting(12)
    ('121min', '9.400sec', '12ms')
    """
    minutes, rest = divmod(milliseconds, 60_000)
    seconds, rest = divmod(rest, 1000)
    if minutes:
        return f"{minutes}min{f'{seconds}sec' if seconds else ''}"
    if seconds >= 10:
        return f"{seconds}sec"
    return f"{seconds}.{rest:03d}sec" if seconds else f"{rest}ms"


def held(facts: Facts, inode: int) -> str:
    """Who holds a socket."""
    return ",".join(map(holder_text, facts.holders(inode)))


def memory(told: Mapping[str, Any]) -> str:
    """A socket's memory in ss's letters.

    >>> memory({"skmem": {"rmem_alloc": 0, "rcvbuf": 131072}}), memory({})
    ('skmem:(r0,rb131072)', '')
    """
    found = told.get(SOCKET_MEMORY_NAME, {})
    parts = ",".join(f"{LETTERS[name]}{value}" for name, value in found.items() if name in LETTERS)
    return f"skmem:({parts})" if parts else ""


def info(told: Mapping[str, Any]) -> str:
    """What the kernel says of a connection: options, congestion control, then what is not zero, with units.

    >>> info({"congestion": "cubic", "tcp_info": {"options": ["ts", "wscale"], "snd_wscale": 7, "rcv_wscale": 8,
    ...     "ca_state": "open", "rto": 204000, "rtt": 31, "lost": 0}})
    'ts wscale:7,8 cubic ca_state:open rto:204000us rtt:31us'
    """
    parts: list[str] = []
    found = told.get(TCP_INFO_NAME, {})
    parts += [_option(found, name) for name in found.get("options", ())]
    if "congestion" in told:
        parts.append(told["congestion"])
    parts += _numbers({name: value for name, value in found.items() if name not in _SAID})
    for name, value in told.items():
        if name not in (TCP_INFO_NAME, SOCKET_MEMORY_NAME, "congestion", "cgroup_id", "mem"):
            parts += _other(name, value)
    return " ".join(parts)


def _option(found: Mapping[str, Any], name: str) -> str:
    return f"wscale:{found['snd_wscale']},{found['rcv_wscale']}" if name == "wscale" else name


def _numbers(found: Mapping[str, Any]) -> list[str]:
    return [
        f"{name}:{value}{_SUFFIXES.get(name, '')}" for name, value in found.items() if value and value not in _UNLIMITED
    ]


def _other(name: str, value: Any) -> list[str]:
    """What is said beside TCP_INFO; nothing of what is zero or empty."""
    if isinstance(value, dict):
        inner = _numbers(value)
        return [f"{name}:({','.join(f'{part}' for part in inner)})"] if inner else []
    if isinstance(value, list):
        return [f"{name}:{','.join(map(str, value))}"] if value else []
    return [f"{name}:{value}"] if value else []
