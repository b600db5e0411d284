"""The columns of a socket's line, and lines of them: on a terminal, and as wide as they are elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Final

from rawkit.diag.details import details
from rawkit.diag.socket import Socket
from rawkit.diag.states import ESTAB, LISTEN, UNCONN
from rawkit.values import dataclass
from rawkit.view.colors import CYAN, DIM, GREEN, YELLOW
from rawkit.view.columns import Column, Screen, Sheet
from rawkit.view.sockets import words
from rawkit.view.sockets.facts import Facts
from rawkit.view.text import readable

COLORS: Final = {ESTAB: GREEN, LISTEN: CYAN, UNCONN: DIM}
"""The colours of states; others are under way, and yellow."""
GAP: Final = " "
BEHIND: Final = "\t "
"""What a second line begins with, as in ss."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of sockets.

    Attributes:
        numeric: ports as numbers.
        processes: who holds them, and who holds the other end of Unix sockets.
        timers: what they wait for.
        extended: user, inode, cookie and control group.
        memory: what their buffers hold.
        info: TCP_INFO, and what else the kernel says.
    """

    numeric: bool = False
    processes: bool = False
    timers: bool = False
    extended: bool = False
    memory: bool = False
    info: bool = False


def columns(facts: Facts, shown: Shown) -> tuple[Column[Socket], ...]:
    """The columns, from left to right."""
    port = words.plain_port if shown.numeric else _named_ports()
    return (
        Column("NETID", attrgetter("netid"), 5),
        Column("STATE", attrgetter("state"), 6, style=lambda one: COLORS.get(one.state, YELLOW)),
        Column("RECV-Q", lambda one: str(one.recv_q), 6, right=True, rank=2),
        Column("SEND-Q", lambda one: str(one.send_q), 6, right=True, rank=2),
        Column("LOCAL", words.local_end(facts, port), 15, middle=True),
        Column("PEER", words.remote_end(facts, port), 15, middle=True),
        *(_processes(facts) if shown.processes else ()),
        *((Column("TIMER", words.timer, rank=4),) if shown.timers else ()),
        *(_extended(facts) if shown.extended else ()),
    )


def _named_ports() -> words.Port:
    from rawkit.view.services import read_services
    from rawkit.wire.names import IP_PROTOCOLS

    services: dict[tuple[str, int], str] = {}
    for protocol, port, name in read_services():
        services.setdefault((protocol, port), name)
    return words.ports(services, IP_PROTOCOLS)


def _processes(facts: Facts) -> tuple[Column[Socket], ...]:
    return (
        Column("PROCESS", lambda one: words.held(facts, one.inode), rank=1),
        Column("PEER PROCESS", lambda one: words.held(facts, one.peer) if one.peer else "", rank=3),
    )


def _extended(facts: Facts) -> tuple[Column[Socket], ...]:
    return (
        Column("USER", lambda one: "" if one.uid is None else facts.user(one.uid), rank=5),
        Column("INODE", lambda one: str(one.inode or ""), right=True, rank=6),
        Column("COOKIE", lambda one: f"{one.cookie:x}" if one.cookie else "", right=True, rank=8),
        Column("CGROUP", lambda one: facts.cgroup(one) or "", rank=7),
    )


def second_line(shown: Shown) -> Callable[[Socket], str] | None:
    """What stands below a socket's line; None where that was not asked for."""
    if not shown.memory and not shown.info:
        return None

    def write(socket: Socket) -> str:
        told = details(socket)
        parts = [words.memory(told)] if shown.memory else []
        parts += [words.info(told)] if shown.info else []
        return " ".join(part for part in parts if part)

    return write


def lines(sockets: Sequence[Socket], facts: Facts, shown: Shown, screen: Screen | None, *, heads: bool) -> list[str]:
    """The lines of sockets: for a terminal, or as wide as they are where there is none."""
    chosen, detail = columns(facts, shown), second_line(shown)
    if screen is None:
        return list(_plain(sockets, chosen, detail, heads=heads))
    width, height = screen.size()
    sheet = Sheet(chosen, color=screen.color, detail=detail, ellipsis=screen.ellipsis, heads=heads)
    return sheet.lines(sockets, width, height)


def harmless(cells: list[str]) -> list[str]:
    r"""The cells without what a terminal would act on; all are looked at in one go, since nearly none has any.

    >>> harmless(["one", "a\x1b"])
    ['one', 'a\\x1b']
    """
    return cells if "".join(cells).isprintable() else list(map(readable, cells))


def _plain(
    sockets: Sequence[Socket],
    columns: Sequence[Column[Socket]],
    detail: Callable[[Socket], str] | None,
    *,
    heads: bool,
) -> Iterator[str]:
    """Columns beside each other, a column at a time: twenty thousand lines are nothing to wait for.

    Columns that nobody has something to say in are left out. The last one is not filled up.
    """
    cells: list[list[str]] = []
    forms: list[str] = []
    for column in columns:
        own = harmless(list(map(column.cell, sockets)))
        widest = max(map(len, own), default=0)
        if not widest and not column.width:
            continue
        wide = max(widest, len(column.name))
        cells.append([column.name, *own] if heads else own)
        forms.append(f"%{'' if column.right else '-'}{wide}s")
    form = GAP.join(forms)
    rows: Iterable[tuple[str, ...]] = zip(*cells, strict=True)
    below = iter([detail(one) for one in sockets]) if detail else None
    for place, row in enumerate(rows):
        yield (form % row).rstrip()
        if below is not None and (place or not heads):
            second = next(below)
            if second:
                yield BEHIND + readable(second)
