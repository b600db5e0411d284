"""Opens sockets of all kinds and states, and holds what ss says of them against rawkit: for a host of a lab.

    python busy.py SOCKETS SNAPSHOTS

It prints what differs as JSON, a list a snapshot, and how many sockets of which kinds there were.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress

from rawkit.diag.details import details, is_v6only
from rawkit.run.sockets.listing import list_sockets
from rawkit.run.sockets.request import SocketsRequest

TABLES = ("tcp", "udp", "raw", "unix", "packet")
SS = ("ss", "-tuwxp0", "-aneHOmi")
NUMBERS = {
    "mss": "snd_mss", "pmtu": "pmtu", "rcvmss": "rcv_mss", "advmss": "advmss", "cwnd": "snd_cwnd",
    "ssthresh": "snd_ssthresh", "bytes_sent": "bytes_sent", "bytes_acked": "bytes_acked",
    "bytes_received": "bytes_received", "segs_out": "segs_out", "segs_in": "segs_in", "data_segs_out": "data_segs_out",
    "data_segs_in": "data_segs_in", "rcv_space": "rcv_space", "rcv_ssthresh": "rcv_ssthresh", "snd_wnd": "snd_wnd",
    "delivered": "delivered", "reordering": "reordering", "unacked": "unacked", "notsent": "notsent_bytes",
    "bytes_retrans": "bytes_retrans", "backoff": "backoff", "lost": "lost",
}  # fmt: skip
"""What ss calls some fields of TCP_INFO."""
LASTING = ("netid", "state", "local", "remote", "inode", "cookie", "uid", "held", "send_q")
MILLISECONDS = {"rto": "rto", "minrtt": "min_rtt", "ato": "ato", "rcv_rtt": "rcv_rtt"}


def open_all(count: int, folder: str) -> list[socket.socket]:
    """About so many sockets, most of them TCP connections."""
    held = few(folder)
    servers = [socket.create_server(("127.0.0.1", 0), backlog=4096),
               socket.create_server(("::1", 0), family=socket.AF_INET6, backlog=4096)]  # fmt: skip
    held += servers
    while len(held) < count:
        server = servers[len(held) % 2]
        client = socket.create_connection(server.getsockname()[:2])
        accepted, _ = server.accept()
        accepted.sendall(b"x" * (len(held) % 50))
        held += [client, accepted]
    for place in range(1, 40, 7):  # FIN-WAIT-2, with the other end in CLOSE-WAIT; of both, TIME-WAIT
        held[-place].shutdown(socket.SHUT_WR)
    held[-1].shutdown(socket.SHUT_WR)
    held[-2].shutdown(socket.SHUT_WR)
    return held


def few(folder: str) -> list[socket.socket]:
    """One of each other kind."""
    held = []

    def new(family: int, kind: int, protocol: int = 0) -> socket.socket:
        held.append(socket.socket(family, kind, protocol))
        return held[-1]

    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"), (socket.AF_INET6, "::")):
        new(family, socket.SOCK_DGRAM).bind((address, 0))
        connected = new(family, socket.SOCK_DGRAM)
        connected.connect((address if address != "::" else "::1", 9))
        waiting = new(family, socket.SOCK_DGRAM)
        waiting.bind((address, 0))
        waiting.sendto(b"x" * 300, ("::1" if address == "::" else address, waiting.getsockname()[1]))
    only = new(socket.AF_INET6, socket.SOCK_DGRAM)
    only.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    only.bind(("::", 0))
    new(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    new(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    new(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800)).bind(("lo", 0x0800))
    new(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
    bound = new(socket.AF_INET, socket.SOCK_DGRAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
    bound.bind(("127.0.0.1", 0))
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        one, other = socket.socketpair(socket.AF_UNIX, kind)
        one.send(b"waiting")
        held += [one, other]
        for name in (f"{folder}/{int(kind)}", f"\0rawkit\0{int(kind)}"):
            named = new(socket.AF_UNIX, kind)
            named.bind(name)
            if kind != socket.SOCK_DGRAM:
                named.listen(7)
            new(socket.AF_UNIX, kind).connect(name)
    asking = new(socket.AF_INET, socket.SOCK_STREAM)
    asking.setblocking(False)
    with suppress(BlockingIOError, OSError):
        asking.connect(("192.0.2.77", 9))
    mapped = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    client = socket.create_connection(("127.0.0.1", mapped.getsockname()[1]))
    return [*held, mapped, client, mapped.accept()[0]]


def of_ss(line: str) -> dict[str, object]:
    """What ss says of a socket, in words that both have."""
    users = sorted(tuple(map(int, found)) for found in re.findall(r"pid=(\d+),fd=(\d+)", line))
    line = re.sub(r" users:\(.*?\)\)", "", line)
    netid, state, received, sent, *rest = line.split()
    if netid.startswith("u_"):
        local, inode, _, peer, *more = rest
        found: dict[str, object] = {"local": local, "inode": int(inode), "peer": int(peer)}
    else:
        local, remote, *more = rest
        found = {"local": local, "remote": remote, "inode": 0}
    words = dict(word.split(":", 1) for word in more if ":" in word)
    found |= {"netid": netid, "state": state, "recv_q": int(received), "send_q": int(sent), "held": users}
    if netid.startswith("u_"):
        return found | {"skmem": words.get("skmem")}
    found |= {"inode": int(words.get("ino", 0)), "uid": int(words.get("uid", 0)), "skmem": words.get("skmem")}
    found |= {"cookie": int(words.get("sk", "0"), 16)}
    timer = words.get("timer", "").strip("()").split(",")
    found |= {"timer": (timer[0], int(timer[-1])) if timer != [""] else None}
    if netid == "tcp" and "rto" in words:
        found |= {ours: int(words[its]) for its, ours in NUMBERS.items() if its in words}
        found |= {ours: round(1000 * float(words[its])) for its, ours in MILLISECONDS.items() if its in words}
        found |= {"rtt": [round(1000 * float(part)) for part in words["rtt"].split("/")]} if "rtt" in words else {}
        found |= {"wscale": words.get("wscale"), "congestion": more[more_at(more)]}
    return found


def more_at(words: list[str]) -> int:
    """Where the name of congestion control stands: the first word behind skmem that is none of the options."""
    place = next(at for at, word in enumerate(words) if word.startswith("skmem"))
    return next(at for at in range(place + 1, len(words)) if words[at] not in ("ts", "sack", "ecn", "ecnseen"))


def of_rawkit(found: object, one: object, ss: dict[str, object]) -> dict[str, object]:
    """The same of a socket of ours: of TCP_INFO what ss has too, which leaves out zeros."""
    told = details(one)
    held = sorted((holder.pid, holder.fd) for holder in found.held_by(one))
    memory = told.get("skmem")
    words = {"netid": one.netid, "state": one.state, "recv_q": one.recv_q, "send_q": one.send_q, "held": held,
             "skmem": memory and "(" + ",".join(f"{letter}{value}" for letter, value in zip(
                 ("r", "rb", "t", "tb", "f", "w", "o", "bl", "d"), memory.values(), strict=True)) + ")"}  # fmt: skip
    if one.family == "unix":
        return words | {"local": one.local or "*", "inode": one.inode, "peer": one.peer}
    # Of what it has read from /proc ss has no inode to say.
    words |= {"inode": one.inode if one.is_diag else 0, "uid": one.uid or 0, "cookie": one.cookie}
    words |= {"timer": (TIMERS[one.timer], one.retransmits) if one.timer else None}
    if one.family == "packet":
        name = socket.if_indextoname(one.interface) if one.interface else "*"
        protocol = one.local.replace("arp", f"[{0x0806}]").replace("ip", f"[{0x0800}]")  # -n: numbers
        return words | {"local": f"{protocol}:{name}", "remote": "*"}
    words |= {
        "local": end(one, one.local, one.local_port, one.interface),
        "remote": end(one, one.remote, one.remote_port),
    }
    if "congestion" in ss:
        info = told["tcp_info"] | {"congestion": told["congestion"]}
        info["rtt"] = [info["rtt"], info["rttvar"]]
        scales = f"{info['snd_wscale']},{info['rcv_wscale']}"
        info["wscale"] = scales if "wscale" in info["options"] else None
        words |= {name: info[name] for name in ss if name in info and name not in words}
    return words


TIMERS = ("", "on", "keepalive", "timewait", "persist")


def end(one: object, address: str, port: int, interface: int = 0) -> str:
    if address == "::" and not is_v6only(one):
        address = "*"
    elif ":" in address:
        address = f"[{address}]"
    device = f"%{socket.if_indextoname(interface)}" if interface else ""
    return f"{address}{device}:{port or '*'}"


def asked_ss() -> list[dict[str, object]]:
    lines = subprocess.run(SS, capture_output=True, text=True, check=True).stdout.splitlines()
    return [of_ss(line) for line in lines]


def asked_rawkit(theirs: list[dict[str, object]]) -> list[dict[str, object]]:
    """What rawkit says, of each socket in the words that ss has for the same one."""
    by_key = {key(told): told for told in theirs}
    found = list_sockets(SocketsRequest(tables=TABLES, all=True, processes=True, details=True))
    plain = [(one, of_rawkit(found, one, {})) for one in found.sockets]
    return [of_rawkit(found, one, by_key.get(key(told), {})) for one, told in plain]


def key(told: dict[str, object]) -> tuple[object, ...]:
    return (told["netid"], told["inode"]) if told["inode"] else (told["netid"], told["local"], told["remote"])


def differences() -> tuple[int, list[str]]:
    """What rawkit says and ss says neither before nor after it, and what ss says both times and rawkit does not."""
    before = asked_ss()
    ours, after = texts(asked_rawkit(before)), texts(asked_ss())
    theirs = texts(before)
    found = [f"rawkit: {told}" for told in (ours - (theirs | after)).elements()]
    return len(before), found + [f"ss: {told}" for told in ((theirs & after) - ours).elements()]


def texts(told: list[dict[str, object]]) -> Counter[str]:
    return Counter(json.dumps(lasting(one), sort_keys=True) for one in told)


def lasting(told: dict[str, object]) -> dict[str, object]:
    """What does not change by itself: a SYN that nobody answers is sent again, at any moment."""
    changing = told["state"] == "SYN-SENT"
    return {name: value for name, value in told.items() if not changing or name in LASTING}


def settle() -> None:
    """Waits until ss says the same again: last ACKs are held back, and change round trips and time-outs twice."""
    last, until = None, time.monotonic() + 60
    while (told := texts(asked_ss())) != last:
        assert time.monotonic() < until, "they never settle"
        last = told


def main(count: int, snapshots: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        held = open_all(count, folder)
        settle()
        found = [differences() for _ in range(snapshots)]
        kinds = sorted({f"{told['netid']} {told['state']}" for told in asked_ss()})
        json.dump({"sockets": found[0][0], "kinds": kinds, "differences": [one for _, one in found]}, sys.stdout)
        for one in held:
            one.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
