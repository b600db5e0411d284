"""Captures in which something is missing, late, in another order or odd, and what they prove.

Each says who is right about it. `program` is what the program that was recorded, or the kernel, said of its sockets;
`tshark` what tshark's columns say, which the test asks again.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import rawkit

CAPTURES = Path(__file__).parent / "verdicts"


class Verdict(NamedTuple):
    """What the views must say: outcome, call and `unseen` of attempts; reason or way, and call of ends; of flows
    `conn_state`, `history` and the payload of both sides. The number of tshark's TCP streams. What is said once."""

    attempts: list[tuple[str, str, list[str] | None]]
    ends: list[tuple[str, str]]
    flows: list[tuple[str, str, int, int]]
    streams: int
    said: str = ""


OPENED = ("established", "connect() = 0", None)
CLOSED = ("FIN", "close()")
REFUSED = "connect(): ECONNREFUSED"
WHOLE = ("SF", "ShADadFf", 100, 200)
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
    # tshark: two streams, the first of them whole.
    "one-future-stamp": Verdict(
        [OPENED, ("timed out", "connect(): ETIMEDOUT", None)],
        [CLOSED],
        [WHOLE, ("S0", "S", 0, 0)],
        2,
        "rawkit: the clock jumps and comes back: 1 packet got the time of the packet before",
    ),
    # Zeek, whose connections have VLAN ids in their key too; tshark puts them together.
    "vlan-differs-by-direction": Verdict(
        [
            ("established", "connect() = 0 (SYN-ACK not captured)", ["syn_ack"]),
            ("established", "connect() = 0 (SYN and ACK not captured)", ["syn", "ack"]),
        ],
        [("half", "close() or shutdown(SHUT_WR)")] * 2,
        [("SH", "SADF", 100, 0), ("SHR", "^hadf", 0, 200)],
        1,
        "rawkit: 1 flow split: other VLAN ids in each direction (--vlan ignore puts them together)",
    ),
    # tshark (without checking checksums): one whole connection; `zeek -C` says the same.
    "checksum-wrong-both": Verdict(
        [OPENED],
        [CLOSED],
        [WHOLE],
        1,
        "rawkit: 10 packets with wrong checksums count: the capture looks edited (--checksums verify leaves them out)",
    ),
    "checksum-zero-outgoing": Verdict(
        [OPENED],
        [CLOSED],
        [WHOLE],
        1,
        "rawkit: 6 packets with wrong checksums count: the sender's card looks to fill them in (offload) "
        "(--checksums verify leaves them out)",
    ),
    # tshark: nothing lost; NDIS says what the field holds of a large segment.
    "tso-iplen0-lso-windows": Verdict([OPENED], [CLOSED], [("SF", "ShADdfFa", 5, 2996)], 1),
    # tshark: the quoted datagram is the client's (RFC 4443, section 3.1; Linux: ECONNREFUSED).
    "icmp6-quote-hopbyhop": Verdict([], [], [("S0", "D", 5, 0), ("OTH", "", 61, 0)], 0),
    # tshark: 192.0.2.10 sent the first datagram, of 4000 bytes.
    "fragments-snapped-96": Verdict([], [], [("SF", "Dd", 4000, 2)], 0),
}


def read(sniff: Any, name: str, view: str) -> list[dict[str, Any]]:
    path = CAPTURES / f"{name}.pcap"
    return [json.loads(line) for line in sniff(path, "--view", view, "--format", "json").lines]


@pytest.mark.parametrize("name", VERDICTS)
def test_verdict(sniff, tshark_answer, name):
    attempts = read(sniff, name, "handshakes")
    ends = read(sniff, name, "teardowns")
    flows = read(sniff, name, "flows")
    streams = {row.get("tcp.stream", "") for row in tshark_answer(CAPTURES / f"{name}.pcap").rows} - {""}
    said = sniff(CAPTURES / f"{name}.pcap", "--view", "handshakes").err
    assert VERDICTS[name] == Verdict(
        [(attempt["outcome"], attempt["call"], attempt.get("unseen")) for attempt in attempts],
        [(end.get("reason") or end["by"], end["call"]) for end in ends],
        [tuple(flow.get(key, "") for key in ("conn_state", "history", "orig_bytes", "resp_bytes")) for flow in flows],
        len(streams),
        "".join(line for line in said.splitlines() if "stopped early" not in line),
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


def test_an_error_with_extension_headers_in_its_quote_is_the_clients(sniff):
    """The kernel: a connected UDP socket's recv() says ECONNREFUSED."""
    (exchange,) = read(sniff, "icmp6-quote-hopbyhop", "udp")
    assert exchange["call"] == "recv(): ECONNREFUSED"
    assert sniff(CAPTURES / "icmp6-quote-hopbyhop.pcap").lines[1].endswith("2001:db8:1::20 udp port 9000, length 69")


def test_directions_in_two_vlans_are_one_flow_where_vlans_are_ignored(sniff):
    finished = sniff(CAPTURES / "vlan-differs-by-direction.pcap", "--vlan", "ignore", "--view", "flows")
    assert finished.lines[0].endswith("SF ShADadFf, 9.000 ms, 6 > 4 packets, 100 > 200 bytes, vlan 100")
    assert (len(finished.lines), finished.err) == (1, "")


@pytest.mark.parametrize("choice", ["verify", "ignore"])
@pytest.mark.parametrize("name", ["checksum-wrong-both", "checksum-zero-outgoing"])
def test_checksums_as_the_user_wants(sniff, name, choice):
    finished = sniff(CAPTURES / f"{name}.pcap", "--checksums", choice, "--view", "flows", "--format", "json")
    (flow,) = [json.loads(line) for line in finished.lines]
    left_out = {"checksum-wrong-both": ("OTH", "Cc"), "checksum-zero-outgoing": ("SHR", "Chadf")}[name]
    assert (flow["conn_state"], flow["history"]) == (left_out if choice == "verify" else WHOLE[:2])
    assert finished.err == ""


def test_the_packets_view_marks_wrong_checksums(sniff, tshark_answer):
    path = CAPTURES / "checksum-zero-outgoing.pcap"
    marked = [" (cksum 0x0000 incorrect)" in line for line in sniff(path, "--view", "packets").lines]
    assert marked == [source == "192.0.2.10" for source in sources(tshark_answer, path)]
    assert not any("cksum" in line for line in sniff(path, "--view", "packets", "--checksums", "ignore").lines)


def sources(tshark_answer, path):
    return [row["ip.src"] for row in tshark_answer(path).rows]


def test_python_warns_of_what_was_decided():
    with pytest.warns(rawkit.CaptureWarning, match="^10 packets with wrong checksums count"):
        flows = rawkit.read_flows(CAPTURES / "checksum-wrong-both.pcap")
    assert flows["conn_state"].tolist() == ["SF"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        flows = rawkit.read_flows(CAPTURES / "checksum-wrong-both.pcap", rules=rawkit.FlowRules(checksums="verify"))
    assert flows["conn_state"].tolist() == ["OTH"]


@pytest.mark.parametrize("wrong", [{"checksums": "no"}, {"vlan": "both"}])
def test_rules_that_there_are_not(wrong):
    with pytest.raises(rawkit.RawkitError, match="give one of"):
        rawkit.FlowRules(**wrong)


@pytest.mark.parametrize(("option", "value"), [("checksums", "ignore"), ("vlan", "ignore"), ("tunnels", "inner")])
def test_a_choice_that_would_do_nothing_is_refused(sniff, tmp_path, option, value):
    """All frames are written, whatever they make."""
    path, out = CAPTURES / "self-connect.pcap", tmp_path / "out.pcap"
    refused = sniff(path, "-w", str(out), f"--{option}", value)
    assert (refused.code, out.exists()) == (2, False)
    assert refused.err == f"rawkit: --{option} is for what is shown, -w writes every frame: use it with --view\n"
    assert sniff(path, "-w", str(out), f"--{option}", value, "--view", "flows").code == 0
