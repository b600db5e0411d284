"""Each scenario does what its page says, as seen by sockets, ping and the kernel's counters."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Iterator

import pytest

from rawkit.lab import Host, Lab, scenarios
from rawkit.lab.parts import Address

pytestmark = [pytest.mark.netns, pytest.mark.usefixtures("namespaces")]

SILENT = errno.EAGAIN
"""What connect_ex gives when its time is over."""


def connect(host: Host, address: Address, port: int, expected: int = 0) -> int:
    """The error number of connect(), 0 where it succeeds.

    An ICMP error that comes back while connect() still holds the socket counts only from the next SYN on, after 1 s.
    """
    with host.entered(), socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET) as client:
        client.settimeout(0.5 if expected == SILENT else 5)
        return client.connect_ex((str(address), port))


@pytest.mark.alone
@pytest.mark.parametrize("name", scenarios.names())
def test_every_scenario_is_up_in_under_five_seconds(name: str) -> None:
    begin = time.monotonic()
    with Lab.from_spec(name) as lab:
        assert time.monotonic() - begin < 5
        assert lab.spec.description
        first, second, *_ = lab.hosts
        assert lab[first].run(["ping", "-c3", "-i0.2", "-W2", str(lab[second].ipv4)]).returncode == 0


@pytest.fixture(scope="module")
def firewalled(namespaces: None) -> Iterator[Lab]:
    """The scenario `firewalled`, up."""
    with Lab.from_spec("firewalled") as lab:
        yield lab


@pytest.mark.parametrize(
    ("port", "error", "error6"),
    [
        (7, 0, 0),
        (53, 0, 0),
        (80, 0, 0),
        (8080, 0, 0),
        (81, errno.ECONNREFUSED, errno.ECONNREFUSED),
        (113, errno.ECONNREFUSED, errno.ECONNREFUSED),
        (22, SILENT, SILENT),
        (137, SILENT, SILENT),
        (3306, SILENT, SILENT),
        # The errors that ICMP and ICMPv6 codes become are in net/ipv4/icmp.c and net/ipv6/icmp.c.
        (25, errno.EHOSTUNREACH, errno.EACCES),
        (110, errno.EHOSTUNREACH, errno.EHOSTUNREACH),
        (111, errno.ENETUNREACH, errno.ENETUNREACH),
        (5432, errno.ECONNREFUSED, errno.ECONNREFUSED),
    ],
)
def test_firewalled(firewalled: Lab, port: int, error: int, error6: int) -> None:
    client, server = firewalled["client"], firewalled["server"]
    assert connect(client, server.ipv4, port, error) == error
    assert connect(client, server.ipv6, port, error6) == error6


@pytest.fixture(scope="module")
def faulty(namespaces: None) -> Iterator[Lab]:
    """The scenario `tcp-faults`, up."""
    with Lab.from_spec("tcp-faults") as lab:
        yield lab


@pytest.mark.parametrize(
    ("port", "error"),
    [
        (7, 0),
        (80, 0),
        (1001, 0),
        (1002, 0),
        (1004, SILENT),
        (1100, errno.ECONNREFUSED),
        (1101, errno.ENETUNREACH),
        (1102, errno.EHOSTUNREACH),
        (1103, errno.ENOPROTOOPT),
        (1104, errno.ECONNREFUSED),
        (1105, errno.ENETUNREACH),
        (1106, errno.EHOSTUNREACH),
        (1107, errno.EHOSTUNREACH),
    ],
)
def test_tcp_faults(faulty: Lab, port: int, error: int) -> None:
    assert connect(faulty["client"], faulty["server"].ipv4, port, error) == error


def test_an_attempt_without_an_answer_ends_after_two_retries(faulty: Lab) -> None:
    assert faulty["client"].run(["cat", "/proc/sys/net/ipv4/tcp_syn_retries"]).stdout == "2\n"


def test_lossy_carries_everything_though_packets_are_lost() -> None:
    with Lab.from_spec("lossy") as lab:
        with lab["client"].entered():
            client = socket.create_connection((str(lab["server"].ipv4), 80), timeout=10)
        with client, client.makefile("rb") as page:
            client.sendall(b"GET /300000 HTTP/1.0\r\n\r\n")
            assert page.read().endswith(b"\r\n\r\n" + b"." * 300_000)
        counts = lab.middlebox(1).counts()
        assert counts[0].get("lost", 0) + counts[1]["lost"] > 0
        assert "missed" in counts[0]
        shortest = lab["client"].run(["ping", "-c5", "-i0.2", "server"]).stdout.rpartition("= ")[2].split("/")[0]
        assert float(shortest) >= 30  # 20 ms there and back, 5 ms of jitter each


def test_lan20_has_hosts_that_answer_and_one_that_does_not() -> None:
    with Lab.from_spec("lan20") as lab:
        silent = [n for n in lab.hosts if lab["h01"].run(["ping", "-c1", "-W1", n]).returncode]
        assert silent == ["h20"]
        assert connect(lab["h01"], lab["h20"].ipv4, 80) == errno.ECONNREFUSED
        assert connect(lab["h20"], lab["h03"].ipv6, 8080) == 0
        found = lab["h02"].run(["getent", "ahostsv4", "h07.example"]).stdout.split()[0]
        assert found == str(lab["h07"].ipv4)
