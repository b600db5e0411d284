"""Services, used by the machine's own clients: sockets, libc's resolver, Python's HTTP client."""

from __future__ import annotations

import errno
import http.client
import socket
import struct
from collections.abc import Iterator

import pytest

from rawkit.errors import LabError
from rawkit.lab import HostSpec, Lab, LabSpec, ServiceSpec, scenarios
from rawkit.lab.services.kinds import ANSWERS

pytestmark = [pytest.mark.netns, pytest.mark.usefixtures("namespaces")]

SERVERS = {
    "tcp-echo": 7,
    "udp-echo": 7,
    "dns": 53,
    "http": 80,
    "abort": 1001,
    "never-read": 1002,
    "tiny-backlog": 1003,
}
REJECTS = {answer: 2000 + place for place, answer in enumerate((*ANSWERS, "reset"))}
DROPPED = 1999

# RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1: codes of type 3. RFC 4443 section 3.1: of type 1.
UNREACHABLE = {
    4: {
        "net-unreachable": 0,
        "host-unreachable": 1,
        "protocol-unreachable": 2,
        "port-unreachable": 3,
        "net-prohibited": 9,
        "host-prohibited": 10,
        "admin-prohibited": 13,
    },
    6: {
        "net-unreachable": 0,
        "admin-prohibited": 1,
        "host-unreachable": 3,
        "port-unreachable": 4,
        "policy-fail": 5,
        "reject-route": 6,
    },
}


@pytest.fixture(scope="module")
def lab(namespaces: None) -> Iterator[Lab]:
    """The scenario `pair`, in which the server offers everything."""
    services = (
        *(ServiceSpec(kind, port) for kind, port in SERVERS.items()),
        *(ServiceSpec("reject", port, answer) for answer, port in REJECTS.items()),
        ServiceSpec("drop", DROPPED),
    )
    # Without the limit, each refusal is answered by its ICMP error (icmp(7), icmp_ratelimit).
    limits = {"net.ipv4.icmp_ratelimit": "0", "net.ipv6.icmp.ratelimit": "0"}
    spec = scenarios.load("pair")
    hosts = (HostSpec("client"), HostSpec("server", services=services, sysctls=limits))
    with Lab(LabSpec(hosts, spec.links)) as lab:
        yield lab


@pytest.fixture(params=[4, 6])
def server(lab: Lab, request: pytest.FixtureRequest) -> str:
    """The server's address, of both versions in turn."""
    return str(lab["server"].ipv4 if request.param == 4 else lab["server"].ipv6)


def connect(lab: Lab, address: str, port: int) -> socket.socket:
    """A connection from the client."""
    with lab["client"].entered():
        return socket.create_connection((address, port), timeout=5)


def udp(lab: Lab, address: str, port: int) -> socket.socket:
    """A connected UDP socket of the client."""
    with lab["client"].entered():
        client = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    client.settimeout(5)
    client.connect((address, port))
    return client


def test_tcp_echo(lab: Lab, server: str) -> None:
    data = bytes(range(256)) * 1000
    with connect(lab, server, SERVERS["tcp-echo"]) as client, client.makefile("rb") as answers:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        assert answers.read() == data


def test_udp_echo(lab: Lab, server: str) -> None:
    with udp(lab, server, SERVERS["udp-echo"]) as client:
        client.send(b"hello")
        assert client.recv(99) == b"hello"


@pytest.mark.parametrize(
    ("path", "status", "size"), [("/", 200, 18), ("/70000", 200, 70000), ("/0", 200, 0), ("/x", 404, None)]
)
def test_http(lab: Lab, server: str, path: str, status: int, size: int | None) -> None:
    with lab["client"].entered():
        client = http.client.HTTPConnection(server, SERVERS["http"], timeout=5)
        client.request("GET", path)
        answer = client.getresponse()
        body = answer.read()
        client.close()
    assert answer.status == status
    assert size is None or body == (b"Hello from a lab.\n" if path == "/" else b"." * size)


def test_names_are_resolved_by_the_labs_own_server(lab: Lab) -> None:
    found = lab["client"].run(["getent", "ahosts", "server.example"]).stdout.split()
    assert {str(lab["server"].ipv4), str(lab["server"].ipv6)} <= set(found)
    assert lab["client"].run(["getent", "ahosts", "nobody.example"]).returncode == 2


def test_an_answer_that_is_too_long_comes_over_tcp(lab: Lab) -> None:
    found = lab["client"].run(["getent", "ahostsv4", "many.example"]).stdout
    assert {f"203.0.113.{number}" for number in range(1, 65)} <= set(found.split())
    query = struct.pack("!6H", 7, 0x0100, 1, 0, 0, 0) + b"\x04many\x07example\x00" + struct.pack("!2H", 1, 1)
    with udp(lab, str(lab["server"].ipv4), SERVERS["dns"]) as client:
        client.send(query)
        answer = client.recv(9999)
    number, flags, questions, answers, _, _ = struct.unpack("!6H", answer[:12])
    # RFC 1035 section 4.1.1: QR, AA, TC, RD set; RCODE 0.
    assert (number, flags, questions, answers) == (7, 0x8700, 1, 0)


def test_text_and_what_is_no_query(lab: Lab) -> None:
    from scapy.layers.dns import DNS, DNSQR

    with udp(lab, str(lab["server"].ipv4), SERVERS["dns"]) as client:
        for nonsense in (b"", b"\x00", b"\xff" * 40):
            client.send(nonsense)
        client.send(bytes(DNS(id=9, qd=DNSQR(qname="txt.example", qtype="TXT"))))
        answer = DNS(client.recv(9999))
    assert (answer.id, answer.rcode, answer.an[0].rdata) == (9, 0, [b"hello"])


def test_abort(lab: Lab, server: str) -> None:
    with connect(lab, server, SERVERS["abort"]) as client:
        client.sendall(b"?")
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_never_read_closes_its_window(lab: Lab, server: str) -> None:
    with connect(lab, server, SERVERS["never-read"]) as client:
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.sendall(bytes(16_000_000))
        listed = lab["client"].run(["ss", "-Htno", "dport", f"= :{SERVERS['never-read']}"]).stdout
    assert "timer:(persist," in listed


def test_tiny_backlog_fills_up(lab: Lab, server: str) -> None:
    with lab["client"].entered():
        clients = [socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET) for _ in range(6)]
    results = []
    for client in clients:
        client.settimeout(0.3)
        results.append(client.connect_ex((server, SERVERS["tiny-backlog"])))
    for client in clients:
        client.close()
    assert set(results) <= {0, errno.EAGAIN}
    assert results[-1] == errno.EAGAIN


def test_drop_is_silent_and_a_free_port_is_not(lab: Lab, server: str) -> None:
    with udp(lab, server, DROPPED) as client:
        client.settimeout(0.3)
        client.send(b"?")
        with pytest.raises(TimeoutError):
            client.recv(1)
    with udp(lab, server, DROPPED + 500) as client:
        client.send(b"?")
        with pytest.raises(ConnectionRefusedError):
            client.recv(1)
    with pytest.raises(TimeoutError), lab["client"].entered():
        socket.create_connection((server, DROPPED), timeout=0.3)


@pytest.mark.parametrize(("version", "answer"), [(v, answer) for v, codes in UNREACHABLE.items() for answer in codes])
@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_reject_answers_with_the_code(lab: Lab, version: int, answer: str, kind: int) -> None:
    address = str(lab["server"].ipv4 if version == 4 else lab["server"].ipv6)
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    protocol = socket.IPPROTO_ICMP if version == 4 else socket.IPPROTO_ICMPV6
    with (
        lab["client"].entered(),
        socket.socket(family, socket.SOCK_RAW, protocol) as errors,
        socket.socket(family, kind) as client,
    ):
        errors.settimeout(5)
        client.setblocking(False)
        client.connect_ex((address, REJECTS[answer]))
        if kind == socket.SOCK_DGRAM:
            client.send(b"?")
        wanted = (3 if version == 4 else 1), UNREACHABLE[version][answer]
        assert next(found for found in iter(lambda: kind_and_code(errors, version), None) if found == wanted)


def kind_and_code(errors: socket.socket, version: int) -> tuple[int, int]:
    """Type and code of the next ICMP message."""
    message = errors.recv(2048)
    start = (message[0] & 15) * 4 if version == 4 else 0
    return message[start], message[start + 1]


def test_reject_with_reset(lab: Lab, server: str) -> None:
    with pytest.raises(ConnectionRefusedError):
        connect(lab, server, REJECTS["reset"])


def test_a_port_that_is_taken_is_named(lab: Lab) -> None:
    with pytest.raises(LabError, match="tcp-echo:80: Address already in use"):
        lab["server"].serve(ServiceSpec("tcp-echo", 80))


@pytest.mark.parametrize(
    ("service", "beginning"),
    [
        ("kind = 'echo', port = 7", "hosts.a.services[0].kind: unknown service 'echo': use one of abort, dns,"),
        ("kind = 'dns', port = 0", "hosts.a.services[0].port: 0 is no port:"),
        ("kind = 'dns'", "hosts.a.services[0].port: missing:"),
        ("kind = 'reject', port = 9, answer = 'no'", "hosts.a.services[0].answer: unknown answer 'no':"),
        ("kind = 'dns', prot = 53", "hosts.a.services[0].port: missing:"),
    ],
)
def test_a_wrong_service_is_named(service: str, beginning: str) -> None:
    with pytest.raises(LabError) as caught:
        LabSpec.from_toml(f"[hosts.a]\nservices = [{{ {service} }}]")
    assert str(caught.value).startswith(beginning)
