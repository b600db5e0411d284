"""Which sockets are wanted: the filter language of ss(8), with `process` and `user` beside it."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final, Protocol

from rawkit.diag.socket import Socket
from rawkit.diag.states import ALL_STATES, STATE_SETS
from rawkit.errors import FilterError
from rawkit.values import dataclass

Test = Callable[[Socket], bool]

_TOKEN: Final = re.compile(r"\(|\)|&&?|\|\|?|[<>=!]=|[<>=!]|[^\s()&|<>=!]+|\S")
_OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq, "==": operator.eq, "eq": operator.eq, "!=": operator.ne, "ne": operator.ne, "neq": operator.ne,
    ">": operator.gt, "gt": operator.gt, "<": operator.lt, "lt": operator.lt, ">=": operator.ge, "ge": operator.ge,
    "geq": operator.ge, "<=": operator.le, "le": operator.le, "leq": operator.le,
}  # fmt: skip
DEEPEST: Final = 100
"""Parentheses and negations in a filter."""
_EQUALITY: Final = (operator.eq, operator.ne)
_FAMILIES: Final = ("inet", "inet6", "unix", "link", "netlink", "packet")
"""What ss takes in front of an address; what follows says it too."""


class Holder(Protocol):
    """A process that holds a socket."""

    @property
    def pid(self) -> int: ...
    @property
    def name(self) -> str: ...


class Known(Protocol):
    """What a filter has to ask its host."""

    def port(self, name: str) -> int | None:
        """The port of a service."""

    def interface(self, name: str) -> int | None:
        """The index of an interface."""

    def user(self, name: str) -> int | None:
        """The number of a user."""

    def holders(self, inode: int) -> Sequence[Holder]:
        """Who holds a socket."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter.

    Attributes:
        states: the states that are wanted, a bit each; None where it says nothing of states.
        test: whether a socket is wanted, whatever its state; None where all are.
        asks_processes: whether it has to know who holds a socket.
    """

    states: int | None = None
    test: Test | None = None
    asks_processes: bool = False


def choice(text: str, known: Known) -> Choice:
    """The filter that a text says; FilterError with what is wrong.

    >>> class Nothing:
    ...     def port(self, name): return {"https": 443}.get(name)
    ...     interface = user = lambda self, name: None
    ...     holders = lambda self, inode: ()
    >>> found = choice("state established ( dport = :https or dst 192.0.2.0/24 )", Nothing())
    >>> web = Socket("tcp", "ESTAB", 0, 0, "192.0.2.1", 40000, "198.51.100.1", 443)
    >>> found.test(web), found.test(web._replace(remote_port=80)), found.states == STATE_SETS["estab"]
    (True, False, True)
    >>> choice("dport = :nothing", Nothing())
    Traceback (most recent call last):
    rawkit.errors.FilterError: dport = :nothing: no such service: give a number from 0 to 65535
    """
    reader = _Reader(_TOKEN.findall(text), known)
    states = reader.states()
    test = reader.either() if reader.peek() else None
    if reader.peek():
        raise FilterError(f"{reader.peek()}: nothing is open that it could close")
    return Choice(states, test, reader.asks_processes)


class _Reader:
    """Reads a filter from left to right; a method a level of the grammar."""

    def __init__(self, tokens: Sequence[str], known: Known) -> None:
        self._tokens, self._at, self._known, self._depth = tokens, 0, known, 0
        self.asks_processes = False

    def peek(self) -> str:
        """The next word, in lower case; empty at the end."""
        return self._tokens[self._at].lower() if self._at < len(self._tokens) else ""

    def _next(self, behind: str) -> str:
        if self._at >= len(self._tokens):
            raise FilterError(f"{behind}: something is missing behind it")
        self._at += 1
        return self._tokens[self._at - 1]

    def states(self) -> int | None:
        """The states in front: those of each `state`, without those of each `exclude`."""
        wanted, without = 0, 0
        while (word := self.peek()) in ("state", "exclude"):
            self._at += 1
            name = self._next(word)
            if name.lower() not in STATE_SETS:
                raise FilterError(f"{word} {name}: no such state: give one of {', '.join(STATE_SETS)}")
            bits = STATE_SETS[name.lower()]
            wanted, without = (wanted | bits, without) if word == "state" else (wanted, without | bits)
            if self.peek() in ("and", "&", "&&"):
                self._at += 1
        return (wanted or ALL_STATES) & ~without if wanted or without else None

    def either(self) -> Test:
        """Tests with `or` between them."""
        tests = [self._all()]
        while self.peek() in ("or", "|", "||"):
            self._at += 1
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda socket: any(test(socket) for test in tests)

    def _all(self) -> Test:
        """Tests with `and`, or nothing, between them."""
        tests = [self._not()]
        while (word := self.peek()) and word not in ("or", "|", "||", ")"):
            if word in ("and", "&", "&&"):
                self._at += 1
            tests.append(self._not())
        return tests[0] if len(tests) == 1 else lambda socket: all(test(socket) for test in tests)

    def _not(self) -> Test:
        word = self._next("filter" if not self._at else self._tokens[self._at - 1])
        self._depth += word in ("(", "!") or word.lower() == "not"
        if self._depth > DEEPEST:
            raise FilterError(f"more than {DEEPEST} parentheses and negations: write it with fewer")
        if word.lower() in ("not", "!"):
            test = self._not()
            return lambda socket: not test(socket)
        if word == "(":
            test = self.either()
            if self._next("(") != ")":
                raise FilterError(f"{self._tokens[self._at - 1]}: a ) is missing in front of it")
            return test
        return self._test(word.lower())

    def _test(self, word: str) -> Test:
        if word in ("state", "exclude"):
            raise FilterError(f"{word}: states stand in front of all else")
        make = _TESTS.get(word)
        if make is None:
            raise FilterError(f"{word}: no such test: give one of state, {', '.join(_TESTS)}")
        sign = self.peek()
        compare = _OPERATORS.get(sign)
        if compare is not None:
            self._at += 1
        elif word in _PORTS:
            raise FilterError(f"{word}: give it as in {word} = :443")
        value = self._next(f"{word} {sign}" if compare else word)
        if word not in _PORTS and compare not in (None, *_EQUALITY):
            raise FilterError(f"{word} {sign} {value}: it is = or !=")
        self.asks_processes |= word == "process"
        test = make(self._known, value, f"{word} {sign} {value}" if compare else f"{word} {value}", compare)
        return test if word in _PORTS or compare is not operator.ne else lambda socket: not test(socket)


def _port_test(is_local: bool) -> Callable[..., Test]:
    def make(known: Known, value: str, said: str, compare: Any) -> Test:
        port = _port(known, value.removeprefix(":"), said)
        if is_local:
            return lambda socket: _has_ports(socket) and compare(socket.local_port, port)
        return lambda socket: _has_ports(socket) and compare(socket.remote_port, port)

    return make


def _has_ports(socket: Socket) -> bool:
    return socket.family in ("inet", "inet6")


def _port(known: Known, word: str, said: str) -> int:
    port = int(word) if word.isascii() and word.isdecimal() else known.port(word)
    if port is None:
        raise FilterError(f"{said}: no such service: give a number from 0 to 65535")
    if port > 65535:
        raise FilterError(f"{said}: give a number from 0 to 65535")
    return port


def _end_test(is_local: bool) -> Callable[..., Test]:
    end = operator.attrgetter("local", "local_port") if is_local else operator.attrgetter("remote", "remote_port")

    def make(known: Known, value: str, said: str, _compare: Any) -> Test:
        kind, colon, rest = value.partition(":")
        value = rest if colon and kind in _FAMILIES else value
        if value[:1] in ("/", "@") or kind == "unix":
            return lambda socket: socket.family == "unix" and fnmatchcase(end(socket)[0], value)
        address, port = _split(value)
        wanted_port = _port(known, port, said) if port not in ("", "*") else None
        network = _network(address, said) if address not in ("", "*") else None

        def test(socket: Socket) -> bool:
            text, number = end(socket)
            if not _has_ports(socket) or (wanted_port is not None and number != wanted_port):
                return False
            return network is None or _is_in(text, network)

        return test

    return make


def _split(value: str) -> tuple[str, str]:
    """An address, perhaps with a prefix, and a port.

    >>> _split("192.0.2.0/24:80"), _split("[2001:db8::]/32:80"), _split("2001:db8::1"), _split(":http")
    (('192.0.2.0/24', '80'), ('2001:db8::/32', '80'), ('2001:db8::1', ''), ('', 'http'))
    """
    if value.startswith("["):
        address, _, behind = value[1:].partition("]")
        prefix, _, port = behind.partition(":")
        return address + prefix, port
    address, colon, port = value.rpartition(":")
    if not colon or ":" in address:
        return value, ""
    return address, port


def _network(word: str, said: str) -> Any:
    try:
        return ip_network(word, strict=False)
    except ValueError:
        raise FilterError(f"{said}: give an address, as in 192.0.2.1, 2001:db8::/32 or [2001:db8::1]:443") from None


def _is_in(text: str, network: Any) -> bool:
    address = _address(text)
    return address is not None and address.version == network.version and address in network


@lru_cache(maxsize=1 << 14)
def _address(text: str) -> Any:
    """The address; of an IPv4 address that an IPv6 socket uses, that one; None where there is none."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def _interface_test(known: Known, value: str, said: str, _compare: Any) -> Test:
    index = int(value) if value.isascii() and value.isdecimal() else known.interface(value)
    if index is None:
        raise FilterError(f"{said}: no such interface")
    return lambda socket: socket.interface == index


def _user_test(known: Known, value: str, said: str, _compare: Any) -> Test:
    uid = int(value) if value.isascii() and value.isdecimal() else known.user(value)
    if uid is None:
        raise FilterError(f"{said}: no such user")
    return lambda socket: socket.uid == uid


def _process_test(known: Known, value: str, _said: str, _compare: Any) -> Test:
    """Processes by number, or by name, in which `*` and `?` stand for others."""
    if value.isascii() and value.isdecimal():
        pid = int(value)
        return lambda socket: any(holder.pid == pid for holder in known.holders(socket.inode))
    return lambda socket: any(fnmatchcase(holder.name, value) for holder in known.holders(socket.inode))


_PORTS: Final = ("sport", "dport")
_TESTS: Final[Mapping[str, Callable[..., Test]]] = {
    "sport": _port_test(True),
    "dport": _port_test(False),
    "src": _end_test(True),
    "dst": _end_test(False),
    "dev": _interface_test,
    "process": _process_test,
    "user": _user_test,
}
