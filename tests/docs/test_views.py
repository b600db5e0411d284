"""docs/views.md: its tables have the fields of each view, in their order, and every socket call that a view can say."""

from __future__ import annotations

import re
import shlex
import sys
from typing import get_args

import pytest

from rawkit.flow import layout
from rawkit.flow.events import Handshake, HandshakeOutcome, IcmpError, Offer, Teardown, UdpExchange
from rawkit.view import legend
from rawkit.view.events import calls
from rawkit.view.events.shown import SHOWN
from rawkit.view.packets import view as packets
from rawkit.view.screens import flows
from tests.terminal import Terminal

FIELDS = {"packets": packets.FIELDS, **{name: shown.names for name, shown in SHOWN.items()}}


@pytest.fixture(scope="module")
def page(root) -> str:
    return (root / "docs" / "views.md").read_text()


def section(page: str, title: str) -> str:
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def tables(text: str) -> list[list[list[str]]]:
    """The tables of a text as rows of cells, without the two head lines."""
    found = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    return [[cells(line) for line in table.splitlines()[2:]] for table in found]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]


def first_cells(page: str, title: str, number: int) -> list[str]:
    return [row[0].strip("`") for row in tables(section(page, title))[number]]


@pytest.mark.parametrize(
    ("view", "number"), [("packets", 2), ("handshakes", 2), ("teardowns", 0), ("udp", 0), ("flows", 0), ("latency", 0)]
)
def test_fields_are_those_of_the_view(page, view, number):
    assert first_cells(page, view, number) == list(FIELDS[view])


def test_outcomes_are_those_of_handshakes(page):
    assert set(first_cells(page, "handshakes", 0)) == set(get_args(HandshakeOutcome))


def test_history_letters_are_those_of_the_kernel(page):
    """All but x, which rawkit never writes: it limits no analysis."""
    assert set(first_cells(page, "flows", 1)) == set(layout.HISTORY_LETTERS.lower()) - {"x"}


OFFER = Offer(None, None, False, False, None, False)
PLACE = {"stream": 0, "uid": "C", "client": None, "server": None}


def attempt(outcome: str, icmp: IcmpError | None = None) -> Handshake:
    times = {"syn_time": 1, "syn_ack_time": None, "ack_time": None, "reset_time": None}
    offers = {"client_offer": OFFER, "server_offer": None, "syn_repeats": 0, "syn_ack_repeats": 0}
    return Handshake(
        **PLACE, transport="tcp", **times, **offers, outcome=outcome, icmp=icmp, simultaneous=False, frames=()
    )


def end(
    by: str, reason: str | None = None, *, simultaneous: bool = False, late_bytes: int = 0, transport="tcp", **told
) -> Teardown:
    times = {"fin_times": (None, None), "half_closed": None, "time": 1, "stray_resets": 0, "frames": ()}
    told |= {"by": by, "reason": reason, "simultaneous": simultaneous, "late_bytes": late_bytes}
    return Teardown(**PLACE | {"server": "other"}, transport=transport, **times, **told, first="client", reset_by=None)


def exchange(answers: int, icmp: IcmpError | None = None) -> UdpExchange:
    sizes = {"requests": 1, "request_bytes": 1, "answers": answers, "answer_bytes": answers}
    return UdpExchange(**PLACE, **sizes, time=1, first_answer=None, icmp=icmp, frames=())


def icmp(kind: int, code: int, version: int = 4) -> IcmpError:
    return IcmpError("192.0.2.1", version, kind, code, 1, 1)


def said() -> set[str]:
    """What the views say of every kind of event; of ICMP errors one each."""
    attempts = [attempt(outcome) for outcome in get_args(HandshakeOutcome) if outcome != "unreachable"]
    attempts.append(attempt("unreachable", icmp(3, 1)))
    resets = [end("RST", reason) for reason in calls._RESETS]
    closes = [
        end("FIN"),
        end("FIN", simultaneous=True),
        end("FIN", late_bytes=1),
        end("half"),
        end("RST", "challenged"),
    ]
    closes.append(end("half", unseen=("resp",)))
    closes += [end("ABORT", reason, transport="sctp") for reason in ("aborted", "unread data", "wrong tag")]
    closes += [end("Reset", "unknown", transport="dccp", cause=cause) for cause in ("Closed", "Option Error")]
    exchanges = [exchange(1), exchange(0), exchange(0, icmp(3, 3))]
    return {
        *map(calls.of_handshake, attempts), *map(calls.of_teardown, resets + closes), *map(calls.of_udp, exchanges),
    }  # fmt: skip


def test_every_socket_call_is_told(page):
    assert set(first_cells(page, "The socket calls", 0)) == said()


def errors(page: str):
    """Version, type, code and errno of each line of the table of ICMP errors."""
    version, kind = 4, 3
    for what, errno in tables(section(page, "The socket calls"))[1]:
        version = 6 if what.startswith("ICMPv6") else version
        kind = {"time exceeded": 11, "parameter problem": 12}.get(what, 1 if version == 6 else 3)
        for code in re.findall(r"\d+", what.removeprefix("ICMPv6")) or ["0"]:
            yield version, kind, int(code), errno.split(" ")[0]


def test_errno_of_icmp_errors(page):
    found = list(errors(page))
    assert [calls.icmp_errno(icmp(kind, code, version)) for version, kind, code, _ in found] == [e[3] for e in found]
    assert {(version, code) for version, kind, code, _ in found if kind in (1, 3)} == {
        *((4, code) for code in range(16)), *((6, code) for code in range(7)),
    }  # fmt: skip


SCREEN = re.compile(r"```text\n\$ (rawkit sniff .*)\n((?:.*\n)*?)```")


def test_screens_are_what_a_terminal_of_80_columns_shows(page, root, monkeypatch):
    monkeypatch.chdir(root)
    found = SCREEN.findall(page)
    assert len(found) >= 2
    for command, expected in found:
        terminal = Terminal([sys.executable, "-m", *shlex.split(command)], 80, NO_COLOR="1", TZ="UTC")
        assert terminal.read() + "\n" == expected, command


def test_states_are_those_of_the_kernel_and_every_one_has_a_colour():
    """OTH alone has none: nothing is known of it."""
    assert set(legend.STATES) == set(layout.CONN_STATES)
    assert set(flows.COLORS) == set(layout.CONN_STATES) - {"OTH"}
