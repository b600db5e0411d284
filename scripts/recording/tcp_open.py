"""How connection attempts go: refused, unanswered, unreachable, repeated, from both ends at once."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable

from .carrier import Carrier
from .network import SYN, Network, Story, fails_with, finish, flagged, rules, send
from .recorder import PATIENCE
from .scene import ANSWER, CLIENT_PORT, PORT, QUESTION

SILENT = {"router": rules("forward", f"tcp dport {PORT} drop")}
FIRST_SYN_ACK_LOST = {"router": rules("forward", "tcp flags & (syn|ack) == syn|ack numgen inc mod 1000 == 0 drop")}
RETRANSMIT = {"net.ipv4.tcp_syn_linear_timeouts": "0", "net.ipv4.tcp_syn_retries": "2"}
QUICK_NEIGHBOURS = {
    "net.ipv4.neigh.to-server.retrans_time_ms": "100",
    "net.ipv6.neigh.to-server.retrans_time_ms": "100",
}


def attempt(number: int, target: str = "server") -> Callable[[Network], None]:
    """A connect() that fails with that errno."""

    def tell(network: Network) -> None:
        with network.caller() as client, fails_with(number):
            client.connect((network.address(target), PORT))

    return tell


def answered(number: int) -> Callable[[Network], None]:
    """A connect() that an ICMP error ends, 10 ms later.

    Without the delay the error would come while connect() still holds the socket: then Linux only notes it, and the
    next SYN, a second later, has to fetch another (tcp_v4_err in net/ipv4/tcp_ipv4.c).
    """

    def tell(network: Network) -> None:
        with Carrier(network, delay=0.005):
            attempt(number)(network)

    return tell


def no_route(network: Network) -> None:
    """connect() to a network that the server, here a router too, has no route to."""
    route = ["ip", f"-{network.version}", "route", "add"]
    network.router.run([*route, network.address("nowhere"), "via", network.address("server")], check=True)
    network.server.run([*route, "throw", network.address("nowhere")], check=True)
    with Carrier(network, delay=0.005):
        attempt(errno.ENETUNREACH, "nowhere")(network)


def refused(network: Network) -> None:
    """connect() to a port where nobody listens."""
    attempt(errno.ECONNREFUSED)(network)


def address_unreachable(network: Network) -> None:
    """connect() to an address on the server's link that nobody has: the router finds no neighbour."""
    absent = "198.51.100.99" if network.version == 4 else "2001:db8:2::99"
    with network.caller() as client, fails_with(errno.EHOSTUNREACH):
        client.connect((absent, PORT))


def syn_ack_lost(network: Network) -> None:
    """The first SYN-ACK is lost at the router; the repeated one arrives."""
    finish(*network.connected())


def simultaneous(network: Network) -> None:
    """Both connect() to each other, from and to fixed ports; the SYNs cross on a path of 20 ms."""
    with Carrier(network, delay=0.02):
        one, other = network.bound("client", CLIENT_PORT), network.bound("server", PORT)
        one.setblocking(False)
        other.setblocking(False)
        one.connect_ex((network.address("server"), PORT))
        other.connect_ex((network.address("client"), CLIENT_PORT))
        network.recorder.until(flagged(SYN), 4)
        network.recorder.until_quiet()
        one.settimeout(PATIENCE)
        other.settimeout(PATIENCE)
        send(one, other, QUESTION)
        finish(one, other)


def accept_queue_full(network: Network) -> None:
    """A backlog of 1 holds two connections that nobody accepts; the third one's SYN is dropped until one is."""
    with network.listen(backlog=1) as listener:
        waiting = [network.caller(CLIENT_PORT + n) for n in range(3)]
        for client in waiting[:2]:
            client.connect((network.address("server"), PORT))
        waiting[2].setblocking(False)
        waiting[2].connect_ex((network.address("server"), PORT))
        network.recorder.until(f"{flagged(SYN)} and src port {CLIENT_PORT + 2}", 2)
        accepted = [listener.accept()[0]]
        network.recorder.until(f"{flagged(SYN)} and dst port {CLIENT_PORT + 2}")
        accepted += [listener.accept()[0], listener.accept()[0]]
    waiting[2].settimeout(PATIENCE)
    for client, server in zip(waiting, accepted, strict=True):
        send(client, server, QUESTION)
        finish(client, server)


def accept_queue_overrun(network: Network) -> None:
    """A backlog of 2 holds two connections; two more get their SYN-ACK at once, and the ACK of the first of them fills
    the queue, so that of the second is dropped: it believes in a connection that the server still makes."""
    with Carrier(network, delay=0.02), network.listen(backlog=2) as listener:
        clients = [network.caller(CLIENT_PORT + n) for n in range(4)]
        for client in clients[:2]:
            client.connect((network.address("server"), PORT))
        for client in clients[2:]:
            client.setblocking(False)
            client.connect_ex((network.address("server"), PORT))
        network.recorder.until(f"{flagged(SYN)} and dst port {CLIENT_PORT + 3}", 2)
        servers = [listener.accept()[0] for _ in clients]
        for client, server in zip(clients, servers, strict=True):
            client.settimeout(PATIENCE)
            send(client, server, QUESTION)
            finish(client, server)


def reject(kind: str) -> dict[str, str]:
    """A server that rejects what goes to its port, with that ICMP or ICMPv6 code."""
    return {"server": rules("input", f"tcp dport {PORT} reject with {kind}")}


def fast_open(network: Network) -> None:
    """The first connection gets a cookie; the second sends its question with the SYN (RFC 7413)."""
    with network.listen() as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 5)
        for port in (CLIENT_PORT, CLIENT_PORT + 1):
            client = network.caller(port)
            client.setblocking(True)
            client.sendto(QUESTION, socket.MSG_FASTOPEN, (network.address("server"), PORT))
            server, _address = listener.accept()
            if server.recv(100) != QUESTION:
                raise AssertionError("the question should have arrived")
            send(server, client, ANSWER)
            finish(client, server)


def same_ports_again(network: Network) -> None:
    """Two connections one after the other between the same two addresses and ports; the server closes the first."""
    with network.listen() as listener:
        for _ in range(2):
            client, server = network.connect(listener)
            send(client, server, QUESTION)
            finish(server, client)
            network.recorder.until_quiet()


def three_at_once(network: Network) -> None:
    """Three connections to one listening port, open at the same time, used in turn."""
    with network.listen() as listener:
        pairs = [network.connect(listener, CLIENT_PORT + n) for n in range(3)]
    for number, (client, server) in enumerate(pairs):
        send(client, server, f"I am number {number}\n".encode())
        send(server, client, f"hello, number {number}\n".encode())
    for client, server in reversed(pairs):
        finish(client, server)


SECOND_ROUTER = {"server": {"net.ipv4.ip_forward": "1", "net.ipv6.conf.all.forwarding": "1"}}
TFO = {"net.ipv4.tcp_fastopen": "3"}
STORIES = (
    Story("tcp-connect-refused.pcap", refused),
    Story("tcp6-connect-refused.pcap", refused, version=6),
    Story("tcp-connect-timeout.pcap", attempt(errno.ETIMEDOUT), sysctls={"client": RETRANSMIT}, rules=SILENT),
    Story("tcp6-connect-timeout.pcap", attempt(errno.ETIMEDOUT), 6, sysctls={"client": RETRANSMIT}, rules=SILENT),
    Story("tcp-network-unreachable.pcap", no_route, carried=True, sysctls=SECOND_ROUTER),
    Story("tcp-host-unreachable.pcap", address_unreachable, sysctls={"router": QUICK_NEIGHBOURS}),
    Story(
        "tcp-port-unreachable.pcap",
        answered(errno.ECONNREFUSED),
        carried=True,
        rules=reject("icmp type port-unreachable"),
    ),
    Story(
        "tcp-admin-prohibited.pcap",
        answered(errno.EHOSTUNREACH),
        carried=True,
        rules=reject("icmp type admin-prohibited"),
    ),
    Story("tcp6-no-route.pcap", no_route, 6, carried=True, sysctls=SECOND_ROUTER),
    Story("tcp6-address-unreachable.pcap", address_unreachable, 6, sysctls={"router": QUICK_NEIGHBOURS}),
    Story(
        "tcp6-port-unreachable.pcap",
        answered(errno.ECONNREFUSED),
        6,
        carried=True,
        rules=reject("icmpv6 type port-unreachable"),
    ),
    Story(
        "tcp6-admin-prohibited.pcap",
        answered(errno.EACCES),
        6,
        carried=True,
        rules=reject("icmpv6 type admin-prohibited"),
    ),
    Story("tcp-syn-ack-lost.pcap", syn_ack_lost, where=("server", "eth0"), rules=FIRST_SYN_ACK_LOST),
    Story("tcp-open-simultaneous.pcap", simultaneous, carried=True),
    Story("tcp-accept-queue-full.pcap", accept_queue_full),
    Story("tcp-accept-queue-overrun.pcap", accept_queue_overrun, carried=True),
    Story("tcp-fast-open.pcap", fast_open, sysctls={"client": TFO, "server": TFO}),
    Story("tcp-ports-reused.pcap", same_ports_again),
    Story("tcp-three-at-once.pcap", three_at_once),
)
