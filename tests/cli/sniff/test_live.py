"""`rawkit sniff -i` in a lab: views as things happen, several interfaces, ends, counters, links that go away."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from rawkit.errors import PrivilegeError
from rawkit.lab import Host, Lab

pytestmark = [pytest.mark.root, pytest.mark.netns]

RAWKIT = (sys.executable, "-m", "rawkit")
PATIENCE = 60
SERVER = ("192.0.2.20", 7)
VIEWS = [
    *(("packets", kind) for kind in ("text", "json", "csv")),
    *(("handshakes", kind) for kind in ("text", "json", "csv")),
    *(("teardowns", kind) for kind in ("text", "json", "csv")),
    *(("udp", kind) for kind in ("text", "json", "csv")),
    *(("flows", kind) for kind in ("text", "json", "csv", "zeek")),
]


class Live:
    """A `rawkit sniff` that listens in a host of a lab."""

    def __init__(self, host: Host, arguments: Sequence[str | Path], **options: Any) -> None:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        command = [*RAWKIT, "sniff", *map(str, arguments)]
        self.process = host.popen(command, **{**pipes, **options})
        self.said: list[str] = []
        self.hear("listening on")

    def hear(self, words: str) -> str:
        """Waits for a line on standard error that has the words."""
        for raw in self.process.stderr:
            self.said.append(raw.decode())
            if words in self.said[-1]:
                return self.said[-1]
        raise AssertionError(f"no {words!r} in {self.said}")

    def line(self) -> str:
        """The next line on standard output."""
        return self.process.stdout.readline().decode()

    def end(self, number: int | None = signal.SIGINT) -> tuple[int, str, str]:
        """Ends it by a signal, or waits where there is none: exit code, the rest of its output, and its last words."""
        if number is not None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, (out or b"").decode(), err.decode()


Sniff = Callable[..., Live]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """The scenario `pair`, whose server answers on TCP and UDP port 7."""
    try:
        lab = Lab.from_spec("pair")
    except PrivilegeError as error:
        pytest.skip(str(error))
    with lab:
        for host in lab.hosts.values():
            while host.run(["ip", "-6", "addr", "show", "tentative"], check=True).stdout:
                pass
        yield lab


@pytest.fixture
def sniff(lab: Lab) -> Iterator[Sniff]:
    """Starts `rawkit sniff` on the server; none is left afterwards."""
    with ExitStack() as running:

        def start(*arguments: str | Path, host: str = "server", **options: Any) -> Live:
            arguments = ("-i", "eth0", *arguments) if "-i" not in arguments else arguments
            live = Live(lab[host], arguments, **options)
            running.callback(live.process.communicate)
            running.callback(live.process.kill)
            return live

        yield start


def listener(lab: Lab, family: int = socket.AF_INET, port: int = SERVER[1]) -> socket.socket:
    """A listening socket of the server."""
    with lab["server"].entered():
        return socket.create_server(("", port), family=family)


def connect(lab: Lab, target: tuple[str, int] = SERVER) -> socket.socket:
    """A connected socket of the client."""
    with lab["client"].entered():
        return socket.create_connection(target, timeout=PATIENCE)


def datagrams(lab: Lab, count: int, size: int = 100, port: int = 9, host: str = "client") -> None:
    """Sends datagrams to a port of the server at which nobody listens, from port 4000."""
    with lab[host].entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("", 4000))
        for number in range(count):
            sock.sendto(number.to_bytes(4) + bytes(size - 4), ("192.0.2.20", port))


def exchange(lab: Lab) -> None:
    """A whole connection, with data, closed by the client."""
    with listener(lab) as server, connect(lab) as client:
        accepted, _ = server.accept()
        with accepted:
            client.sendall(b"hello")
            accepted.recv(5)
            client.close()
            accepted.recv(1)


def tshark(path: Path, *fields: str, only: str = "") -> list[str]:
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", *(word for name in fields for word in ("-e", name))]
    command += ["-Y", only] if only else []
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_a_handshake_is_shown_when_it_is_complete(lab: Lab, sniff: Sniff) -> None:
    live = sniff("--view", "handshakes", "--format", "json", "tcp")
    with listener(lab), connect(lab) as client:
        shown = json.loads(live.line())
        assert shown["outcome"] == "established"
        assert shown["id.orig_p"] == client.getsockname()[1]
    assert live.end()[0] == 0


def test_an_attempt_is_shown_when_it_is_given_up(lab: Lab, sniff: Sniff) -> None:
    """Nobody answers; after 5 s (Zeek's tcp_attempt_delay) without a packet it is over, though nothing came."""
    lab["server"].run(["nft", "add table inet quiet; add chain inet quiet in { type filter hook input priority 0; }"])
    lab["server"].run(["nft", "add rule inet quiet in tcp dport 99 drop"], check=True)
    live = sniff("--view", "handshakes", "tcp")
    with lab["client"].entered(), socket.socket() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_SYNCNT, 1)
        client.settimeout(0.01)
        with pytest.raises(TimeoutError):
            client.connect(("192.0.2.20", 99))
    assert "timed out" in live.line()


def test_teardown_udp_and_flow_views_go_on_while_packets_come(lab: Lab, sniff: Sniff) -> None:
    teardowns = sniff("--view", "teardowns", "--format", "json", "tcp")
    exchange(lab)
    assert json.loads(teardowns.line())
    flows, udp = (sniff("--view", name, "--format", "json", "udp or icmp or tcp") for name in ("flows", "udp"))
    datagrams(lab, 2)
    exchange(lab)
    found = [json.loads(line) for line in flows.end()[1].splitlines()]
    assert {(flow["proto"], flow["orig_pkts"]) for flow in found if flow["proto"] == "udp"} == {("udp", 2)}
    assert [flow["history"] for flow in found if flow["proto"] == "tcp"] == ["ShADaFf"]
    assert len(udp.end()[1].splitlines()) == 1


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_all_that_came(lab: Lab, sniff: Sniff, way: int) -> None:
    """Also with what the kernel had not handed over yet when the signal came."""
    live = sniff("-n", "udp")
    datagrams(lab, 40)
    code, out, err = live.end(way)
    assert (code, len(out.splitlines())) == (0, 40)
    assert re.fullmatch(
        r"rawkit: 40 frames captured, 1 flow in \d+\.\d s; 40 frames received by the filter, "
        r"0 dropped by the kernel, 0 dropped by the interface\n",
        err,
    )


def test_sigusr1_prints_the_counters(lab: Lab, sniff: Sniff) -> None:
    live = sniff("-n", "udp")
    datagrams(lab, 3)
    assert [live.line().count("UDP") for _ in range(3)] == [1, 1, 1]
    live.process.send_signal(signal.SIGUSR1)
    assert live.hear("received").startswith("rawkit: 3 frames received by the filter, 0 dropped by the kernel")
    datagrams(lab, 1)
    assert "UDP" in live.line()
    live.process.send_signal(signal.SIGUSR1)
    assert live.hear("received").startswith("rawkit: 4 frames")


def test_count_duration_and_snaplen(lab: Lab, sniff: Sniff, tmp_path: Path) -> None:
    counted = sniff("-c", "3", "-s", "60", "-w", tmp_path / "three.pcap", "udp")
    timed = sniff("--duration", "0.2", "--format", "json", "udp")
    datagrams(lab, 5)
    assert counted.end(None)[0] == 0
    assert tshark(tmp_path / "three.pcap", "frame.cap_len", "frame.len") == ["60\t142"] * 3
    code, _, err = timed.end(None)
    assert code == 0
    assert 0.2 <= float(re.search(r"in (\d+\.\d) s", err)[1]) < 2


def test_direction(lab: Lab, sniff: Sniff) -> None:
    lives = [sniff("-Q", way, "--format", "json", "icmp") for way in ("in", "out", "inout")]
    lab["client"].run(["ping", "-c", "1", "192.0.2.20"], check=True)
    found = [[json.loads(line)["ip.src"] for line in live.end()[1].splitlines()] for live in lives]
    assert found == [["192.0.2.10"], ["192.0.2.20"], ["192.0.2.10", "192.0.2.20"]]


def test_without_p_the_interface_is_promiscuous(lab: Lab, sniff: Sniff) -> None:
    """Frames for another host's MAC address; `-p` does not ask for them. The kernel counts who does."""

    def promiscuity() -> str:
        text = lab["server"].run(["ip", "-d", "link", "show", "eth0"], check=True).stdout
        return re.search(r"promiscuity (\d+)", text)[1]

    before = promiscuity()
    quiet = sniff("-p")
    assert promiscuity() == before
    assert quiet.end()[0] == 0
    loud = sniff("-B", "1")
    assert promiscuity() == str(int(before) + 1)
    assert loud.end()[0] == 0


def test_several_interfaces_and_any(lab: Lab, sniff: Sniff, tmp_path: Path) -> None:
    """A pcapng file names the interface of each packet; `any` sees both too, with cooked headers (SLL2)."""
    both = sniff("-i", "eth0", "-i", "lo", "-w", tmp_path / "both.pcapng", "udp port 9")
    anywhere = sniff("-i", "any", "-w", tmp_path / "any.pcap", "udp port 9")
    datagrams(lab, 1)
    datagrams(lab, 1, host="server")
    assert both.end()[0] == 0
    assert anywhere.end()[0] == 0
    fields = "frame.interface_name", "ip.src"
    assert sorted(tshark(tmp_path / "both.pcapng", *fields, only="udp && !icmp")) == [
        "eth0\t192.0.2.10",
        "lo\t192.0.2.20",
    ]
    found = tshark(tmp_path / "any.pcap", "sll.ltype", "ip.src", only="udp && !icmp")
    assert [line.split("\t")[1] for line in found] == ["192.0.2.10", "192.0.2.20"]


@pytest.mark.parametrize("interfaces", [("eth0", "lo"), ("any",)])
def test_interface_and_direction_are_in_the_line(lab: Lab, sniff: Sniff, interfaces: tuple[str, ...]) -> None:
    """As tcpdump has them on `any`; of the two copies that the loopback makes there is the one that came."""
    live = sniff("-n", *(word for name in interfaces for word in ("-i", name)), "udp port 9 or icmp")
    datagrams(lab, 1)
    datagrams(lab, 1, host="server")
    code, out, err = live.end()
    told = [line.split(" IP ")[0][len("12:34:56.123456 ") :] + " " + line.split()[-1] for line in out.splitlines()]
    assert code == 0, err
    assert sorted(line[:10] for line in told) == [
        "eth0  In  ", "eth0  Out ", "lo    In  ", "lo    In  ",
    ]  # fmt: skip


def test_nobody_reads_any_more(lab: Lab, sniff: Sniff) -> None:
    """As in `rawkit sniff | head -1`."""
    live = sniff("-n", "udp")
    datagrams(lab, 1)
    live.line()
    live.process.stdout.close()
    datagrams(lab, 1)
    live.process.stdout = None
    assert live.end(None) == (0, "", "")


def test_an_interface_that_is_down_is_waited_for(lab: Lab, sniff: Sniff) -> None:
    live = sniff("-n", "-c", "1", "udp")
    for state in ("down", "up"):
        lab["server"].run(["ip", "link", "set", "eth0", state], check=True)
        if state == "down":
            assert live.hear("down") == "rawkit: eth0: the interface is down: waiting until it is up again\n"
    wait_for_carrier(lab)
    datagrams(lab, 1)
    code, out, err = live.end(None)
    assert (code, out.count("UDP"), "is down" in err) == (0, 1, False)


def wait_for_carrier(lab: Lab) -> None:
    while "state UP" not in lab["server"].run(["ip", "link", "show", "eth0"], check=True).stdout:
        pass


def test_an_interface_that_is_gone_ends_it(lab: Lab, sniff: Sniff, tmp_path: Path) -> None:
    server = lab["server"]
    server.run(["ip", "link", "add", "gone", "type", "veth", "peer", "name", "end"], check=True)
    for name in ("gone", "end"):
        server.run(["ip", "link", "set", name, "up"], check=True)
    server.run(["ip", "addr", "add", "198.51.100.1/24", "brd", "+", "dev", "gone"], check=True)
    live = sniff("-i", "gone", "-w", tmp_path / "gone.pcap", "--view", "flows", "--format", "json", "udp")
    with server.entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.sendto(b"x", ("198.51.100.255", 9))
    server.run(["ip", "link", "del", "gone"], check=True)
    code, out, err = live.end(None)
    assert code == 2
    # It goes down before it goes: whoever looks in between says so too.
    said = [line for line in err.splitlines() if "the interface is down" not in line]
    assert ["1 frame captured, 1 flow in" in said[0], *said[1:]] == [
        True,
        "rawkit: gone: the interface is gone: the capture ends here",
    ]
    assert [json.loads(line)["id.resp_h"] for line in out.splitlines()] == ["198.51.100.255"]
    assert tshark(tmp_path / "gone.pcap", "ip.dst") == ["198.51.100.255"]


def test_a_second_ctrl_c_insists(lab: Lab, sniff: Sniff, tmp_path: Path) -> None:
    """Nobody reads what it prints, and the pipe is full: it cannot tell what it found, but the file is whole."""
    live = sniff("-n", "--format", "json", "-w", tmp_path / "out.pcap", "--view", "packets", "udp")
    for count in range(100, 4001, 100):
        datagrams(lab, 100)
        wait_until(
            lambda size=count * 158 + 24: (tmp_path / "out.pcap").stat().st_size >= size or blocked(live.process)
        )
    assert blocked(live.process)
    live.process.send_signal(signal.SIGINT)
    wait_until(lambda: not pending(live.process) and blocked(live.process))
    code, _, err = live.end()
    assert code == 130
    assert [line.split(",")[0].split(" ", 2)[2] for line in err.splitlines()] == ["frames captured"]
    found = len(tshark(tmp_path / "out.pcap", "frame.number"))
    assert err.startswith(f"rawkit: {found} frames")


def blocked(process: subprocess.Popen[bytes]) -> bool:
    """Whether it waits for room in a pipe."""
    return "pipe_write" in Path(f"/proc/{process.pid}/wchan").read_text()


def pending(process: subprocess.Popen[bytes]) -> int:
    """The signals that it has not taken yet, as bits."""
    text = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"ShdPnd:\s*(\w+)", text)[1], 16)


def wait_until(ready: Callable[[], bool]) -> None:
    limit = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < limit


@pytest.mark.alone
def test_nothing_is_lost_while_kernels_are_loaded(lab: Lab, sniff: Sniff, tmp_path: Path) -> None:
    """Numbered datagrams all the while: from the first that is captured on, all are, in order."""
    script = (
        "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); n = 0\n"
        "while True: s.sendto(n.to_bytes(4), ('192.0.2.20', 9)); n += 1"
    )
    with lab["client"].popen([sys.executable, "-c", script]) as sender:
        live = sniff("--view", "packets", "--format", "json", "-c", "20000", "-w", tmp_path / "all.pcap", "udp")
        code, out, _ = live.end(None)
        sender.kill()
    numbers = [int(payload, 16) for payload in tshark(tmp_path / "all.pcap", "data.data")]
    assert numbers == list(range(numbers[0], numbers[0] + 20000))
    assert (code, out.count("frame.number")) == (0, 20000)


@pytest.mark.alone
def test_first_line_comes_soon(lab: Lab, sniff: Sniff) -> None:
    """Within 0.3 s, the kernels' cache being warm; the median of some runs, since the machine has other work."""
    waits = []
    for _ in range(5):
        live = sniff("-n", "udp", "-c", "1")
        begin = time.monotonic()
        datagrams(lab, 1)
        assert "UDP" in live.line()
        waits.append(time.monotonic() - begin)
        live.end(None)
    assert sorted(waits)[2] < 0.3


def status(process: subprocess.Popen[bytes]) -> list[dict[str, str]]:
    """What the kernel says of each thread of a process in the lab; its number there is another, but we are outside."""
    tasks = Path(f"/proc/{process.pid}/task").iterdir()
    return [dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines()) for task in tasks]


@pytest.mark.parametrize(
    ("user", "environment"), [(("-Z", "nobody"), {}), ((), {"SUDO_UID": "65534", "SUDO_GID": "65534"})]
)
def test_root_is_given_up(lab: Lab, sniff: Sniff, user: tuple[str, ...], environment: dict[str, str]) -> None:
    live = sniff(*user, "-n", "udp", "-c", "1", env={**os.environ, **environment})
    threads = status(live.process)
    for one in threads:
        assert one["Uid"].split() == ["65534"] * 4
        assert {one[name].strip("0") for name in ("CapEff", "CapPrm", "CapAmb")} == {""}
        assert one["NoNewPrivs"] == "1"
    datagrams(lab, 1)
    assert live.end(None)[0] == 0


@pytest.mark.parametrize(("view", "kind"), VIEWS)
def test_kernels_are_there_when_root_is_given_up(lab: Lab, sniff: Sniff, view: str, kind: str) -> None:
    """The folder that they are in belongs to root: nothing is compiled again while packets come."""
    live = sniff("-Z", "nobody", "--view", view, "--format", kind, "-n", "udp or tcp or icmp")
    exchange(lab)
    datagrams(lab, 2)
    code, out, err = live.end()
    assert code == 0
    assert out
    assert not any("compiling" in line for line in live.said[1:])
    assert "compiling" not in err


@pytest.mark.parametrize(
    "options",
    [
        ("--view", "udp"),
        ("--view", "udp", "--format", "json", "-w", "/dev/null"),
        ("--view", "flows", "--processes"),
        *(("-w", f"/mnt/rawkit-nobody.pcap{suffix}") for suffix in ("", ".gz", ".xz", ".zst")),
        ("-w", "/mnt/rawkit-nobody-%s.pcapng", "-G", "60"),
    ],
)
def test_modules_are_there_when_root_is_given_up(lab: Lab, sniff: Sniff, options: tuple[str, ...]) -> None:
    """Python itself may be where only root can read it."""
    lab["server"].run(["mount", "-t", "tmpfs", "none", "/mnt"], check=True)
    live = sniff("-Z", "nobody", *options, "udp or tcp", cwd="/")
    query = bytes.fromhex("0001 0100 0001 0000 0000 0000 07 6578616d706c65 03 6f7267 00 0001 0001")
    boot = bytes.fromhex("01010600 00000001") + bytes(228) + bytes.fromhex("63825363 350101 ff")
    with lab["client"].entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for port, payload in ((53, query), (67, boot), (123, b"\x23" + bytes(47))):
            sock.sendto(payload, ("192.0.2.20", port))
    exchange(lab)
    code, out, err = live.end()
    lab["server"].run(["umount", "/mnt"], check=True)
    told = [line for line in err.splitlines() if "xz can be read once" not in line]
    assert (code, len(told)) == (0, 1), err
    assert ("example.org" in out) == ("udp" in options[:2])


def test_sudo_that_leaves_home_as_it_was_finds_roots_kernels(lab: Lab, sniff: Sniff, tmp_path: Path) -> None:
    """The home of the user is not to be trusted by root; without root's own, all would be compiled at each run."""
    subprocess.run([sys.executable, "-m", "rawkit.api.compile_all"], check=True, capture_output=True)
    os.chown(tmp_path, 65534, 65534)
    said = {"SUDO_UID": "65534", "SUDO_GID": "65534", "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    live = sniff("-n", "--view", "flows", "udp", "-c", "1", env={**os.environ, **said})
    datagrams(lab, 1)
    code, _, err = live.end(None)
    assert (code, len(live.said)) == (0, 1)
    assert "compiling" not in err
    assert list(tmp_path.iterdir()) == []


def test_without_the_right_one_line_says_what_to_do(lab: Lab) -> None:
    bare = [
        "setpriv",
        "--bounding-set=-net_raw,-net_admin",
        "--inh-caps=-all",
        "--ambient-caps=-all",
        "--reuid=65534",
        "--clear-groups",
    ]
    done = lab["server"].run([*bare, *RAWKIT, "sniff", "-i", "eth0"])
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "need CAP_NET_RAW: use sudo" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-i", "nothing"), "no interface 'nothing'"),
        (("-i", "eth0", "prot 7"), "prot 7"),
        (("-i", "eth0", "-w", "nowhere/x.pcap"), "nowhere/x.pcap: cannot write"),
        (("-i", "eth0", "-Z", "nobody-at-all"), "no user 'nobody-at-all'"),
        (("-i", "eth0", "-i", "any", "-w", "/dev/null"), "one link type"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_captured(lab: Lab, arguments: tuple[str, ...], words: str) -> None:
    done = lab["server"].run([*RAWKIT, "sniff", *arguments], timeout=PATIENCE)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert words in done.stderr


SERVICE = """
import socket, sys
tcp, udp = socket.create_server(("", 77)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("", 4000))
print("ready", flush=True)
tcp.accept()[0].recv(9)
sys.stdin.read()
"""


def test_processes_are_named(lab: Lab, sniff: Sniff) -> None:
    """The owner of a listener's connection; a socket here has nothing to do with the same port of another host."""
    python, pipe = [sys.executable, "-c"], subprocess.PIPE
    with lab["server"].popen([*python, SERVICE], stdin=pipe, stdout=pipe) as service:
        service.stdout.readline()
        live = sniff("--view", "flows", "--format", "json", "--processes", "udp or tcp")
        datagrams(lab, 1, port=8)  # from port 4000 of the client, which the server has too
        with closing(connect(lab, ("192.0.2.20", 77))) as client:
            client.sendall(b"x")
        datagrams(lab, 1, port=4000)
        flows = {flow["id.resp_p"]: flow for flow in map(json.loads, live.end()[1].splitlines())}
        assert sorted(flows) == [8, 77, 4000], (flows, live.said)
        number = lab["server"].run(["pgrep", "-f", "create_server"], check=True).stdout.split()
    for port in (77, 4000):
        assert str(flows[port]["process.pid"]) in number
        assert (flows[port]["process.name"], flows[port]["user.name"]) == ("python", "root")
    assert "process.name" not in flows[8]


def test_a_process_that_was_there_too_shortly_is_not_named(lab: Lab, sniff: Sniff) -> None:
    """Its socket is closed before the first packet comes: whoever has the port later has not sent it."""
    live = sniff("--view", "flows", "--format", "json", "--processes", "udp")
    datagrams(lab, 1, host="client")
    (flow,) = map(json.loads, live.end()[1].splitlines())
    assert "process.name" not in flow
