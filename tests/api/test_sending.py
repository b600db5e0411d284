"""`rawkit.send`, `ask`, `write` and `no_kernel_rst`: what they take, what they give, and what they refuse."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.utils import rdpcap, wrpcap
from scapy.volatile import RandShort

import rawkit
from rawkit.api.lab import LabHost
from rawkit.errors import LabError, PrivilegeError, SendError, TargetError
from rawkit.frames import FrameBatch
from rawkit.lab import Lab, ServiceSpec

pytestmark = [pytest.mark.root, pytest.mark.netns]

SERVER = "192.0.2.20"
TO = IP(dst=SERVER)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    try:
        with Lab("pair") as made:
            made["server"].serve(ServiceSpec("tcp-echo", 7))
            yield made
    except PrivilegeError as error:
        pytest.skip(str(error))


@pytest.fixture
def client(lab: Lab) -> Iterator[None]:
    with lab["client"].entered():
        yield


@pytest.fixture
def seen(lab: Lab) -> Iterator[Callable[[], list[Any]]]:
    """What the server's interface had, ARP and what hosts say by themselves left out."""
    with lab.record("server") as tap:

        def take() -> list[Any]:
            packets = [Ether(frame) for frame in tap.take().frames()]
            return [one for one in packets if one.haslayer(IP) and one[IP].src == "192.0.2.10"]

        yield take


def echoes(count: int) -> list[Any]:
    return [TO / ICMP(id=9, seq=number) for number in range(count)]


FORMS: dict[str, Callable[[Path], Any]] = {
    "a packet with a list": lambda _: TO / UDP(sport=5000, dport=[7, 9, 11]),
    "packets": lambda _: [TO / UDP(sport=5000, dport=port) for port in (7, 9, 11)],
    "a generator": lambda _: (TO / UDP(sport=5000, dport=port) for port in (7, 9, 11)),
    "an expression": lambda _: f'IP(dst="{SERVER}")/UDP(sport=5000, dport=[7, 9, 11])',
    "a template": lambda _: rawkit.Template(TO / UDP(sport=5000), dport=[7, 9, 11]),
    "a template whose fields go together": lambda _: rawkit.Template(
        TO / UDP(sport=5000), rawkit.zipped(**{"UDP.dport": [7, 9, 11], "IP.id": [1, 1, 1]})
    ),
    "bytes": lambda _: [bytes(IP(src="192.0.2.10", dst=SERVER) / UDP(sport=5000, dport=port)) for port in (7, 9, 11)],
    "a batch of IP packets": lambda _: FrameBatch.from_frames(
        [bytes(IP(src="192.0.2.10", dst=SERVER) / UDP(sport=5000, dport=port)) for port in (7, 9, 11)], link_type=101
    ),
    "a mixture": lambda _: [TO / UDP(sport=5000, dport=[7, 9]), [f'IP(dst="{SERVER}")/UDP(sport=5000, dport=11)']],
    "packets of a capture": lambda folder: rdpcap(str(capture(folder))),
    "a capture": lambda folder: rawkit.open(capture(folder)),
    "the path of a capture": lambda folder: capture(folder),
}


def capture(folder: Path) -> Path:
    wrpcap(str(folder / "x.pcap"), [IP(src="192.0.2.10", dst=SERVER) / UDP(sport=5000, dport=p) for p in (7, 9, 11)])
    return folder / "x.pcap"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.usefixtures("client")
def test_all_forms_are_sent_alike(form: str, tmp_path: Path, seen: Callable[[], list[Any]]) -> None:
    what = FORMS[form](tmp_path)
    with what if isinstance(what, rawkit.Capture) else nullcontext():
        sent = rawkit.send(what)
    assert (sent.frames, sent.silent) == (3, frozenset())
    found = seen()
    assert [(one[IP].src, one[UDP].sport, one[UDP].dport) for one in found] == [
        ("192.0.2.10", 5000, 7), ("192.0.2.10", 5000, 9), ("192.0.2.10", 5000, 11),
    ]  # fmt: skip
    assert {(one.src, one.dst) for one in found} == {("02:00:00:00:01:00", "02:00:00:00:02:00")}


@pytest.mark.usefixtures("client")
def test_many_packets_that_are_alike_are_scapys_bytes(seen: Callable[[], list[Any]]) -> None:
    """They are made as one template, and each must be what scapy builds."""
    packets = [
        TO / TCP(sport=1000 + n, dport=80, flags="S" if n % 2 else "A", seq=n) / (b"x" * (n % 3)) for n in range(100)
    ]
    packets = [IP(src="192.0.2.10", dst=SERVER, ttl=7) / one.payload for one in packets]
    assert rawkit.send(packets).frames == 100
    assert [bytes(one[IP]) for one in seen() if one[IP].ttl == 7] == [bytes(one) for one in packets]


@pytest.mark.usefixtures("client")
def test_random_values_of_packets_in_a_list_are_new_each_time(seen: Callable[[], list[Any]]) -> None:
    rawkit.send([TO / UDP(sport=RandShort(), dport=9)] * 60)
    assert len({one[UDP].sport for one in seen()}) > 30


@pytest.mark.usefixtures("client")
def test_what_a_generator_gives_is_sent_before_it_is_asked_for_more(seen: Callable[[], list[Any]]) -> None:
    found: list[int] = []

    def packets() -> Iterator[Any]:
        for port in (1, 2):
            yield TO / UDP(dport=port)
            found.append(len(seen()))

    rawkit.send(packets())
    assert found[0] <= 1
    assert sum(found) + len(seen()) == 2


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("make", [lambda: TO / ICMP(id=9, seq=[*range(200)]), lambda: echoes(200)])
def test_each_echo_request_has_its_reply(make: Callable[[], Any]) -> None:
    asked = rawkit.ask(make(), timeout=20)
    assert [one.sent.to_scapy()[ICMP].seq for one in asked] == [*range(200)]
    assert [one.answers[0].to_scapy()[ICMP].seq for one in asked] == [*range(200)]
    assert all(one.rtt_ns is not None and 0 < one.rtt_ns < 10**9 for one in asked)
    assert (len(asked.answered), asked.unanswered, asked.silent) == (200, [], frozenset())


@pytest.mark.usefixtures("client")
def test_arp_ipv6_and_errors() -> None:
    asked = rawkit.ask(ARP(pdst=SERVER), timeout=20)
    assert asked[0].answers[0].to_scapy()[ARP].hwsrc == "02:00:00:00:02:00"
    asked = rawkit.ask([IPv6(dst="2001:db8:1::20") / ICMPv6EchoRequest(id=3), TO / UDP(dport=9)], timeout=20)
    assert asked[0].answers[0].to_scapy().lastlayer().name == "ICMPv6 Echo Reply"
    assert asked[1].answers[0]["icmp.type"] == 3
    assert "tcp.dstport" not in asked[1].answers[0]
    assert [one.sent.number for one in asked] == [1, 2]
    assert sorted(one.answer.number for one in asked if one.answer is not None) == [1, 2]
    assert str(asked[1].answer).endswith(
        f"IP {SERVER} > 192.0.2.10: ICMP {SERVER} udp port discard unreachable, length 36"
    )


@pytest.mark.usefixtures("client")
def test_who_is_not_there_is_left_out_and_named() -> None:
    asked = rawkit.ask([TO / ICMP(), IP(dst="192.0.2.99") / ICMP(), IP(dst="203.0.113.9") / ICMP()], timeout=20)
    assert len(asked) == len(asked.answered) == 1
    assert sorted(map(str, asked.silent)) == ["192.0.2.99", "203.0.113.9"]


def test_what_is_silent_is_asked_again(lab: Lab, client: None, seen: Callable[[], list[Any]]) -> None:
    lab["server"].run(["sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=1"], check=True)
    try:
        asked = rawkit.ask(TO / ICMP(id=5, seq=[1, 2]), timeout=0.05, retries=2)
    finally:
        lab["server"].run(["sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=0"], check=True)
    assert [one.answers for one in asked] == [(), ()]
    assert [one.rtt_ns for one in asked] == [None, None]
    assert [one[ICMP].seq for one in seen()] == [1, 2, 1, 2, 1, 2]


@pytest.mark.usefixtures("client")
def test_another_thread_ends_it() -> None:
    stop = threading.Event()

    def packets() -> Iterator[Any]:
        for number in itertools.count():
            if number == 5:
                threading.Thread(target=stop.set).start()
            yield TO / UDP(dport=9)

    assert rawkit.send(packets(), rate=200, stop=stop).frames >= 5
    stop.clear()
    threading.Timer(0.2, stop.set).start()
    before = time.monotonic()
    rawkit.ask(TO / UDP(sport=5, dport=9) / b"x", answers=0, timeout=600, stop=stop)
    assert stop.is_set()
    assert time.monotonic() - before < 60


@pytest.mark.usefixtures("client")
def test_a_handshake_by_hand(seen: Callable[[], list[Any]]) -> None:
    ports = {"sport": 40123, "dport": 7}
    syn = TO / TCP(**ports, flags="S", seq=1000)
    with rawkit.no_kernel_rst(syn):
        [opened] = rawkit.ask(syn, timeout=20)
        there = opened.answers[0].to_scapy()[TCP]
        assert str(there.flags) == "SA"
        rawkit.send(TO / TCP(**ports, flags="A", seq=1001, ack=there.seq + 1))
        [said] = rawkit.ask(TO / TCP(**ports, flags="PA", seq=1001, ack=there.seq + 1) / b"hello", timeout=20)
        assert said.answers[0].to_scapy()[TCP].ack == 1006
        rawkit.send(TO / TCP(**ports, flags="R", seq=1006))
        assert [str(one[TCP].flags) for one in seen()] == ["S", "A", "PA", "R"]


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize(
    ("what", "kind", "words"),
    [
        (None, SendError, "None cannot be sent"),
        (7, SendError, "a int cannot be sent: give a scapy packet"),
        ({"a": 1}, SendError, "a dict cannot be sent"),
        ([], SendError, "there is no frame to send"),
        ([TO / ICMP(), 7], SendError, "a int cannot be sent"),
        (b"\0" * 20, TargetError, "frames do not say which interface"),
        (IP(dst="203.0.113.9") / ICMP(), TargetError, "203.0.113.9: no route"),
        (TO / UDP() / (b"x" * 3000), SendError, "3042 bytes is too large"),
    ],
)
def test_what_cannot_be_sent_is_said(what: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        rawkit.send(what)


@pytest.mark.usefixtures("client")
def test_no_kernel_rst_is_for_tcp() -> None:
    with pytest.raises(SendError, match="the kernel resets TCP alone"), rawkit.no_kernel_rst(TO / UDP()):
        pass


def test_files_have_what_is_written(tmp_path: Path) -> None:
    one, other = IP(src="192.0.2.1", dst="192.0.2.2") / UDP(dport=[7, 9]), Ether(dst="02:00:00:00:00:02") / b"x"
    assert rawkit.write(tmp_path / "a.pcap", [one, one]) == 4
    assert [bytes(packet) for packet in rdpcap(str(tmp_path / "a.pcap"))] == [bytes(p) for p in [*one, *one]]
    assert rawkit.write(tmp_path / "b.pcapng", [one, other]) == 3
    with rawkit.open(tmp_path / "a.pcap") as first:
        assert rawkit.write(tmp_path / "c.pcap.gz", first) == 4
    with rawkit.open(tmp_path / "a.pcap") as first, rawkit.open(tmp_path / "c.pcap.gz") as copy:
        assert first.read().timestamp.tolist() == copy.read().timestamp.tolist()
    with pytest.raises(rawkit.RawkitError, match=r"give it a name that ends in .pcapng"):
        rawkit.write(tmp_path / "d.pcap", [one, other])


def test_answers_come_out_of_a_host_as_they_are(lab: Lab) -> None:
    host: LabHost = rawkit_host(lab)
    with host.sniff(filter="icmp", count=6, duration=20) as heard:
        asked = host.ask([TO / ICMP(id=5, seq=number) for number in (1, 2, 3)], timeout=20)
        seen = [(packet["icmp.type"], packet.bytes) for packet in heard]
    told = [(one["icmp.type"], one.bytes) for each in asked for one in (each.sent, *each.answers)]
    assert sorted(told) == sorted(seen)
    assert [each.sent.to_scapy()[ICMP].seq for each in asked] == [1, 2, 3]


def test_a_host_is_sniffed_as_this_one_is(lab: Lab, tmp_path: Path) -> None:
    """Events, recording and statistics of a capture in another network."""
    host = rawkit_host(lab)
    with host.sniff(["eth0", "lo"], "tcp port 7", duration=20) as heard:
        heard.write(tmp_path / "all.pcapng")
        assert host.call(connect, SERVER, 7) == b"hello"
        found = next(heard.events(rawkit.Handshake))
        heard.stop()
        assert [*heard.events(rawkit.Handshake)] == []
    assert (found.outcome, found.server.port, heard.links[0][0]) == ("established", 7, "eth0")
    assert {packet[TCP].dport for packet in rdpcap(str(tmp_path / "all.pcapng"))} > {7}


def test_a_ping_in_a_host_is_a_run(lab: Lab) -> None:
    host = rawkit_host(lab)
    run = host.ping(SERVER, "192.0.2.99", method="icmp", count=3, interval=0.05, timeout=0.5)
    kinds = {(result.target.name, result.kind) for result in run}
    assert (SERVER, "reply") in kinds
    assert {kind for name, kind in kinds if name != SERVER} <= {"timeout", "error"}
    first, _ = run.wait()
    assert (first.target.name, first.sent, first.received) == (SERVER, 3, 3)
    assert run.wait() == run.summaries
    assert ([one.name for one in run.targets], run.troubles) == ([SERVER, "192.0.2.99"], [])
    with pytest.raises(AttributeError, match="skipped"):
        run.skipped  # noqa: B018


def test_an_endless_ping_in_a_host_is_stopped_and_closed(lab: Lab) -> None:
    host = rawkit_host(lab)
    run = host.ping(SERVER, interval=0.05)
    assert next(run).kind == "reply"
    assert [one.received >= 1 for one in run.summaries] == [True]
    run.stop()
    assert run.wait()[0].sent >= 1
    with host.ping(SERVER, interval=0.05) as closed:
        next(closed)
    assert list(closed) == []
    with pytest.raises(LabError, match="the run was closed before its end"):
        closed.wait()


def test_a_scan_in_a_host_is_a_run(lab: Lab) -> None:
    run = rawkit_host(lab).scan(ip_address(SERVER), [7, 8])
    assert sorted((found.port, found.state) for found in run) == [(7, "open"), (8, "closed")]
    assert ((whole := run.wait()).open, whole.closed, whole.whole) == (1, 1, True)
    assert [(host.host, host.open, host.whole) for host in run.summaries] == [(SERVER, (7,), True)]


def test_what_a_host_cannot_ping_and_scan_is_said_at_once(lab: Lab) -> None:
    with pytest.raises(rawkit.RawkitError, match="-t 300"):
        rawkit_host(lab).ping(SERVER, ttl=300)
    with pytest.raises(rawkit.RawkitError):
        rawkit_host(lab).scan(SERVER, "99999")


def rawkit_host(lab: Lab) -> LabHost:
    """The client, with what `rawkit.Lab` gives its hosts."""
    host = lab["client"]
    return LabHost(host.name, host.interfaces, host.namespaces, host._launcher)


def connect(address: str, port: int) -> bytes:
    with socket.create_connection((address, port), timeout=20) as opened:
        opened.sendall(b"hello")
        return opened.recv(5)
