"""Captures in which something is missing, late or in another order, and what they prove.

Each says who is right about it. `program` is what the program that was recorded, or the kernel, said of its sockets;
`tshark` what tshark's columns say, which the test asks again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

CAPTURES = Path(__file__).parent / "captures"


class Verdict(NamedTuple):
    """What the views must say: outcome, call and `unseen` of attempts; reason or way, and call of ends; of flows
    `conn_state`, `history` and the payload of both sides. And the number of tshark's streams."""

    attempts: list[tuple[str, str, list[str] | None]]
    ends: list[tuple[str, str]]
    flows: list[tuple[str, str, int, int]]
    streams: int


OPENED = ("established", "connect() = 0", None)
CLOSED = ("FIN", "close()")
REFUSED = "connect(): ECONNREFUSED"
UNREAD = "close() with unread data, or SO_LINGER 0"

VERDICTS = {
    # program: the second connect() = 0; the first socket's peer got ECONNRESET.
    "half-open-reconnect": Verdict(
        [OPENED, OPENED],
        [("unknown", "recv(): ECONNRESET"), CLOSED],
        [("S1", "ShADad", 5, 11), ("RSTOS0", "SaR", 0, 0), ("SF", "ShADadFf", 6, 12)],
        2,
    ),
    # Zeek (IsReuse, "SYN/SYN-ACK reversal"): no simultaneous open.
    "synack-before-syn": Verdict([OPENED], [CLOSED], [("SF", "^hSADadFf", 100, 200)], 1),
    # RFC 9293, section 3.10.7.3: a client without a SYN-ACK sends no ACK.
    "only-synack-lost-by-capture": Verdict(
        [("established", "connect() = 0 (SYN-ACK not captured)", ["syn_ack"])],
        [CLOSED],
        [("SF", "SADadFf", 200, 400)],
        1,
    ),
    # RFC 7323, section 2.2: the window may be up to 2^14 times what the header says.
    "rst-midstream-scale-unknown": Verdict([], [("aborted", UNREAD)], [("RSTRH", "Adr", 0, 28960)], 1),
    "rst-handshake-snapped-54": Verdict(
        [OPENED], [("aborted", "close() with SO_LINGER 0")], [("RSTR", "ShAdr", 0, 28960)], 1
    ),
    # RFC 9293, section 3.10.7.3: the client acknowledged the first SYN-ACK, and took 400 bytes behind it.
    "second-synack-other-isn": Verdict([OPENED], [CLOSED], [("SF", "ShADadhFf", 200, 400)], 1),
    # tshark: no segment lost.
    "late-duplicate-syn": Verdict([OPENED], [CLOSED], [("SF", "ShADadFf", 200, 400)], 1),
    # program: close() on both sides.
    "real-retransmission-after-fin": Verdict([OPENED], [CLOSED], [("SF", "ShADadfTtF", 100, 200)], 1),
    # program: connect() = 0 to its own address and port.
    "self-connect": Verdict([OPENED], [CLOSED], [("SH", "SADF", 5, 0)], 1),
    # RFC 9293, section 3.5.2: number 0 and ACK answer a segment without ACK.
    "single-rst-ack": Verdict([], [("refused", REFUSED)], [("OTH", "R", 0, 0)], 1),
    # tshark: one stream; the program's one connect() failed once.
    "windows-three-syns-refused": Verdict(
        [("refused", REFUSED, None)], [("refused", REFUSED)], [("REJ", "Sr", 0, 0)] * 3, 1
    ),
}


def read(sniff: Any, name: str, view: str) -> list[dict[str, Any]]:
    path = CAPTURES / f"{name}.pcap"
    return [json.loads(line) for line in sniff(path, "--view", view, "--format", "json").lines]


@pytest.mark.parametrize("name", VERDICTS)
def test_verdict(sniff, tshark_answer, name):
    attempts = read(sniff, name, "handshakes")
    ends = read(sniff, name, "teardowns")
    flows = read(sniff, name, "flows")
    streams = {row["tcp.stream"] for row in tshark_answer(CAPTURES / f"{name}.pcap").rows}
    assert VERDICTS[name] == Verdict(
        [(attempt["outcome"], attempt["call"], attempt.get("unseen")) for attempt in attempts],
        [(end.get("reason") or end["by"], end["call"]) for end in ends],
        [tuple(flow.get(key, "") for key in ("conn_state", "history", "orig_bytes", "resp_bytes")) for flow in flows],
        len(streams),
    )


def test_all_captures_are_judged():
    assert {path.stem for path in CAPTURES.iterdir()} == set(VERDICTS)


def test_options_that_were_cut_are_not_called_nothing(sniff):
    (attempt,) = read(sniff, "rst-handshake-snapped-54", "handshakes")
    assert (attempt["orig_offer"], attempt["resp_offer"]) == ("options not captured", "options not captured")
    (line,) = sniff(CAPTURES / "rst-handshake-snapped-54.pcap", "--view", "handshakes").lines
    assert "; client options not captured; server options not captured; " in line


def test_the_three_refusals_are_one_attempt(sniff):
    (attempt,) = read(sniff, "windows-three-syns-refused", "handshakes")
    assert (attempt["syn_repeats"], attempt["frames"]) == (2, [1, 6])
