"""Links with faults between real stacks; the kernel's own counters and ping say what happened."""

from __future__ import annotations

import errno
import math
import re
import select
import socket
import sys
import threading
import time
from collections.abc import Iterator
from ipaddress import ip_interface

import pytest

from rawkit.errors import LabError
from rawkit.lab import EndSpec, Faults, Host, HostSpec, Lab, LabSpec, LinkSpec
from rawkit.lab.middlebox.port import Port

pytestmark = [pytest.mark.netns, pytest.mark.usefixtures("namespaces")]

ENDS = tuple(
    EndSpec(name, (ip_interface(f"192.0.2.{number}/24"), ip_interface(f"2001:db8::{number}/64")))
    for number, name in enumerate(("a", "b"), 1)
)


@pytest.fixture(scope="module")
def lab(namespaces: None) -> Iterator[Lab]:
    """Two hosts with a middlebox between them."""
    limits = {"net.ipv4.icmp_ratelimit": "0"}
    spec = LabSpec((HostSpec("a"), HostSpec("b", sysctls=limits)), (LinkSpec(ENDS, faults=Faults()),))
    with Lab(spec) as lab:
        assert ping(lab).startswith("1 packets transmitted, 1 received")
        yield lab


@pytest.fixture
def link(lab: Lab) -> Iterator[Lab]:
    """The same, without faults at the beginning and the end of the test."""
    yield lab
    lab.middlebox().change(Faults())


def ping(lab: Lab, *options: str) -> str:
    """The summary of a ping from a to b."""
    done = lab["a"].run(["ping", "-c1", "-W1", *options, "b"])
    return "\n".join(done.stdout.splitlines()[-2:]) + done.stderr


def counter(host: Host, group: str, name: str) -> int:
    """A counter of /proc/net/netstat or /proc/net/snmp."""
    lines = host.run(["cat", "/proc/net/netstat", "/proc/net/snmp"]).stdout.splitlines()
    names, values = (line.split() for line in lines if line.startswith(f"{group}:"))
    return int(values[names.index(name)])


def transfer(lab: Lab, size: int) -> float:
    """Seconds that a TCP transfer from a to b takes."""
    begin = time.monotonic()
    with lab["b"].entered():
        server = socket.create_server((str(lab["b"].ipv4), 0))
    with lab["a"].entered():
        client = socket.create_connection(server.getsockname(), timeout=20)
    with server, client:
        accepted, _ = server.accept()
        with accepted, accepted.makefile("rb") as stream:
            sender = threading.Thread(target=send_and_shut, args=(client, size))
            sender.start()
            assert len(stream.read()) == size
            sender.join()
    return time.monotonic() - begin


def send_and_shut(client: socket.socket, size: int) -> None:
    client.sendall(bytes(size))
    client.shutdown(socket.SHUT_WR)


def test_without_faults_it_is_a_wire(link: Lab) -> None:
    assert ping(link, "-6", "-s", "1400").startswith("1 packets transmitted, 1 received")
    transfer(link, 1_000_000)


@pytest.mark.parametrize(("delay", "back"), [(0.02, None), (0.03, 0.0)])
def test_delay_shows_in_the_round_trip(link: Lab, delay: float, back: float | None) -> None:
    link.middlebox().change(Faults(delay=delay), None if back is None else Faults(delay=back))
    expected = 1000 * (delay + (delay if back is None else back))
    shortest = float(re.search(r"= ([\d.]+)/", ping(link, "-c5", "-i0.01"))[1])
    assert expected <= shortest < expected + 15


def test_a_cut_link_and_its_repair(link: Lab) -> None:
    link.middlebox().change(Faults(loss=1))
    assert "100% packet loss" in ping(link)
    assert link.middlebox().counts()[0]["lost"] >= 1
    link.middlebox().change(Faults())
    assert " 0% packet loss" in ping(link)


def test_duplicates(link: Lab) -> None:
    link.middlebox().change(Faults(duplicate=1), Faults())
    assert "+1 duplicates" in ping(link, "-c2", "-i0.01")


def test_corruption_is_seen_by_checksums(link: Lab) -> None:
    before = counter(link["b"], "Icmp", "InCsumErrors")
    link.middlebox().change(Faults(corrupt=1), Faults())
    assert "100% packet loss" in ping(link, "-4", "-c20", "-i0.01", "-s", "1400")
    assert counter(link["b"], "Icmp", "InCsumErrors") > before


def test_the_first_segment_that_is_lost_is_sent_again(link: Lab) -> None:
    before = counter(link["a"], "TcpExt", "TCPSynRetrans")
    link.middlebox().change(Faults(lose=(1,)), Faults())
    assert transfer(link, 10) >= 1  # the initial timeout of RFC 6298
    assert counter(link["a"], "TcpExt", "TCPSynRetrans") == before + 1


def test_reordered_segments_are_queued(link: Lab) -> None:
    before = counter(link["b"], "TcpExt", "TCPOFOQueue")
    link.middlebox().change(Faults(reorder=0.02, seed=1), Faults())
    transfer(link, 2_000_000)
    assert counter(link["b"], "TcpExt", "TCPOFOQueue") > before


@pytest.mark.alone
def test_the_rate_holds(link: Lab) -> None:
    link.middlebox().change(Faults(rate=8_000_000), Faults())
    assert 0.5 <= transfer(link, 500_000) < 2


def test_lossy_links_still_carry_everything(link: Lab) -> None:
    before = counter(link["a"], "Tcp", "RetransSegs")
    link.middlebox().change(Faults(loss=0.03, duplicate=0.01, reorder=0.01, corrupt=0.005, delay=0.001, seed=7))
    transfer(link, 300_000)
    assert counter(link["a"], "Tcp", "RetransSegs") > before


def test_ports_are_dropped_and_rejected(link: Lab) -> None:
    link.middlebox().change(Faults(drop=(25,), reject=(80,)), Faults(reject=(80,), answer="host-unreachable"))
    for here, there, port, error in (
        ("a", "b", 80, errno.ECONNREFUSED),
        ("a", "b", 25, errno.EAGAIN),
        ("b", "a", 80, errno.EHOSTUNREACH),
        ("b", "a", 25, errno.ECONNREFUSED),  # by the host itself
    ):
        for address in link[there].addresses:
            with link[here].entered():
                client = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET)
            with client:
                client.settimeout(0.5)
                assert client.connect_ex((str(address), port)) == error, (here, address, port)
    there, back = link.middlebox().counts()
    assert (there["dropped"], there["rejected"], back["rejected"]) == (2, 2, 2)


@pytest.mark.parametrize("tags", ["", "8100a005", "88a800078100a005"])
def test_vlan_tags_pass(link: Lab, tags: str) -> None:
    kind = bytes.fromhex("88b5")  # IEEE Std 802 local experimental EtherType 1
    body = bytes.fromhex(tags) + kind + b"hello".ljust(46)
    addresses = bytes.fromhex("020000000200020000000100")
    with link["b"].entered():
        tap = Port("eth0")
    with link["a"].entered(), socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as out:
        out.bind(("eth0", 0))
        out.send(addresses + body)
    with tap.socket:
        while True:
            assert select.select([tap], [], [], 30)[0]
            if addresses + body in tap.receive(64):
                return


def test_values_out_of_range_are_named(link: Lab) -> None:
    with pytest.raises(LabError, match=r"faults\.loss: 2 is no probability"):
        link.middlebox().change(Faults(loss=2))
    with pytest.raises(LabError, match=r"back\.delay: -1 is negative"):
        link.middlebox().change(Faults(), Faults(delay=-1))


def test_a_link_without_faults_has_no_middlebox(pair: Lab) -> None:
    with pytest.raises(LabError, match=r"links\[0\] has no middlebox: give it faults"):
        pair.middlebox()


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("faults = { los = 1 }", "links[0].faults.los: unknown key: use one of answer,"),
        ("faults = { loss = 1.5 }", "links[0].faults.loss: 1.5 is no probability:"),
        ("faults_back = { rate = -1 }", "links[0].faults_back.rate: -1 is negative:"),
        ("faults = { drop = ['x'] }", "links[0].faults.drop[0]: 'x' is not an integer:"),
        ("faults = { answer = 'x' }", "links[0].faults.answer: unknown answer 'x':"),
        ("faults = {}\noffload = true", "links[0].faults: the link keeps its offloads"),
    ],
)
def test_a_wrong_fault_is_named(text: str, beginning: str) -> None:
    with pytest.raises(LabError) as caught:
        LabSpec.from_toml(f"[hosts.a]\n[hosts.b]\n[[links]]\nends = [{{ host = 'a' }}, {{ host = 'b' }}]\n{text}")
    assert str(caught.value).startswith(beginning)


@pytest.mark.alone
def test_it_adds_less_than_a_millisecond_at_1000_packets_a_second(link: Lab) -> None:
    summary = ping(link, "-c500", "-i0.001", "-q")
    average = float(re.search(r"= [\d.]+/([\d.]+)/", summary)[1])
    assert average < 1, summary


FLOOD = """
import socket, sys, time
frames, rate = 100_000, float(sys.argv[1])
burst, frame = 20, bytes.fromhex("02000000020002000000010088b5") + bytes(46)
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as out:
    out.bind(("eth0", 0))
    begin = time.monotonic()
    for sent in range(0, frames, burst):
        while time.monotonic() < begin + sent / rate:
            pass
        for _ in range(burst):
            out.send(frame)
    print(begin, frames / (time.monotonic() - begin))
"""
SHARE = 1 / 3
"""Of the frames that one process sends into a veth at full speed: 300,000 a second on the machine of the 100,000."""


@pytest.mark.alone
@pytest.mark.slow
def test_it_moves_100_000_packets_a_second(link: Lab) -> None:
    """Or a third of what a veth without it takes at that moment: a shared host can be half as fast as a minute ago."""
    found = []
    with Lab(LabSpec((HostSpec("a"), HostSpec("b")), (LinkSpec(ENDS),))) as direct:
        for _ in range(8):  # the machine may be busy with something else
            wanted = min(100_000.0, SHARE * flooded(direct, math.inf)[1])
            found.append((wanted, moved(link, 1.2 * wanted)))
            if found[-1][1] >= wanted:
                return
    raise AssertionError(found)


def flooded(lab: Lab, rate: float) -> tuple[float, float]:
    """Sends 100,000 frames from a; when it began, and how many went out a second."""
    done = lab["a"].run([sys.executable, "-c", FLOOD, str(rate)], check=True)
    begin, sent = map(float, done.stdout.split())
    return begin, sent


def moved(link: Lab, rate: float) -> float:
    """Frames a second, from the first that is sent to the last that arrives; 0 where one is missed."""
    link.middlebox().change(Faults(loss=1e-9, delay=0.001, duplicate=1e-9))
    missed, before = link.middlebox().counts()[0]["missed"], received(link["b"])
    begin, _ = flooded(link, rate)
    ping(link)  # goes through the same queue: when it is back, all others are there
    end = time.monotonic()
    whole = link.middlebox().counts()[0]["missed"] == missed and received(link["b"]) - before >= 100_000
    return 100_000 / (end - begin) if whole else 0.0


def received(host: Host) -> int:
    """Frames that came in at eth0."""
    return int(host.run(["cat", "/sys/class/net/eth0/statistics/rx_packets"]).stdout)
