"""`rawkit send` in a lab: what tcpdump sees at the other end, what is said, and what is left behind."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from scapy.contrib.mpls import MPLS
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Raw

from rawkit.errors import PrivilegeError
from rawkit.files import PcapWriter, open_capture
from rawkit.frames import FrameBatch
from rawkit.lab import Lab, ServiceSpec

pytestmark = [pytest.mark.root, pytest.mark.netns, pytest.mark.referee]

RAWKIT = (sys.executable, "-P", "-m", "rawkit")
PATIENCE = 60
OURS, THEIRS, ROUTER = "02:00:00:00:01:00", "02:00:00:00:02:00", "02:00:00:00:02:00"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """The scenario `pair`, with an echo server at TCP port 7."""
    for tool in ("tcpdump", "nft"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    try:
        with Lab.from_spec("pair") as made:
            made["server"].serve(ServiceSpec("tcp-echo", 7))
            made["client"].run(["ping", "-c", "1", "192.0.2.20"], check=True)
            yield made
    except PrivilegeError as error:
        pytest.skip(str(error))


@pytest.fixture
def send(lab: Lab, root: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `rawkit send` on the client."""

    def call(*arguments: str | Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return lab["client"].run([*RAWKIT, "send", *map(str, arguments)], input=stdin, timeout=PATIENCE)

    return call


@pytest.fixture
def within(lab: Lab, rawkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The same in this process, which other tests need with all its rights: where it is not the process that counts."""
    monkeypatch.setattr("rawkit.sockets.privileges.drop", lambda user: None)

    def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        with lab["client"].entered():
            done = rawkit("send", *arguments)
        return subprocess.CompletedProcess(arguments, done.code, done.out.decode(), done.err)

    return call


class Seen:
    """What tcpdump sees at the server while the block runs; it ends when it has so many."""

    def __init__(self, lab: Lab, path: Path, filter: str, count: int | None) -> None:
        self.path = path
        most = [] if count is None else ["-c", str(count)]
        command = ["tcpdump", "-i", "eth0", "-B", "65536", "-U", "--immediate-mode", "-w", str(path), *most, filter]
        self.tcpdump = lab["server"].popen(command, stderr=subprocess.PIPE, text=True)
        while "listening on" not in self.tcpdump.stderr.readline():
            assert self.tcpdump.poll() is None
        self.count = count

    def __enter__(self) -> Seen:
        return self

    def __exit__(self, *error: object) -> None:
        if self.count is None or error[0] is not None:
            self.tcpdump.terminate()
        self.tcpdump.communicate(timeout=PATIENCE)

    @property
    def frames(self) -> list[bytes]:
        with open_capture(self.path) as capture:
            return [frame for batch in capture for frame in batch.frames()]

    @property
    def times(self) -> list[int]:
        with open_capture(self.path) as capture:
            return [at for batch in capture for at in batch.timestamp.tolist()]


@pytest.fixture
def seen(lab: Lab, tmp_path: Path) -> Callable[..., Seen]:
    return lambda filter, count=None: Seen(lab, tmp_path / "seen.pcap", filter, count)


def scapys(packet: object) -> list[bytes]:
    """Scapy's own expansion, with the addresses that a host of the lab has."""
    return [bytes(one) for one in Ether(src=OURS, dst=THEIRS) / packet]


def test_all_frames_of_an_expression_arrive_with_addresses_filled_in(send, seen):
    with seen("udp port 9", 12) as other:
        done = send('IP(dst="192.0.2.20", ttl=[1, 9])/UDP(sport=(5000, 5002), dport=9)/Raw(load=["a", "bc"])')
    packet = IP(src="192.0.2.10", dst="192.0.2.20", ttl=[1, 9]) / UDP(sport=(5000, 5002), dport=9)
    assert other.frames == scapys(packet / Raw(load=["a", "bc"]))
    assert (done.returncode, done.stdout) == (0, "")
    assert re.fullmatch(r"rawkit: 12 frames \(522 bytes\) in .* frames/s, .* on eth0\n", done.stderr)


@pytest.mark.parametrize(
    ("expression", "packet"),
    [
        ('IP(src="203.0.113.9", dst="192.0.2.20")/TCP()', IP(src="203.0.113.9", dst="192.0.2.20") / TCP()),
        ('Ether()/Dot1Q(vlan=5)/IP(dst="192.0.2.20")', Dot1Q(vlan=5) / IP(src="192.0.2.10", dst="192.0.2.20")),
    ],
)  # fmt: skip
def test_what_the_user_wrote_stays(send, expression, packet):
    done = send(expression, "--dry-run", "--hex")
    assert done.stdout.split() == [frame.hex() for frame in scapys(packet)]
    assert "nothing was sent" in done.stderr


LAYERS = {"Ether": Ether, "Dot1Q": Dot1Q, "MPLS": MPLS, "IP": IP, "ICMP": ICMP}
INNER = 'IP(src="192.0.2.10", dst="192.0.2.20")/ICMP()'


@pytest.mark.parametrize(
    "below",
    [
        "Ether({})/Dot1Q(vlan=(5, 7))",
        "Ether({})/Dot1Q(vlan=[5, 7], prio=(0, 1))",
        "Ether({})/MPLS(label=(1, 3), ttl=[9, 10])",
        "Ether({}, type=[0x800, 0x801])",
    ],
)
@pytest.mark.parametrize("given", [f'src="{OURS}", dst="{THEIRS}"', f'src=["{OURS}", "02:00:00:00:00:03"]', ""])
def test_layers_below_ip_vary_as_in_scapy(send, below, given):
    """With MAC addresses, with some left open, and with none."""
    rest = f', dst="{THEIRS}"' if "[" in given else f'src="{OURS}", dst="{THEIRS}"' if not given else ""
    packet = eval(f"{below.format(given + rest)}/{INNER}")
    done = send(f"{below.format(given).replace('(, ', '(')}/{INNER}", "--dry-run", "--hex")
    assert sorted(done.stdout.split()) == sorted(bytes(one).hex() for one in packet), done.stderr


@pytest.mark.parametrize("many", ['["02:00:00:00:02:00", "02:00:00:00:00:03"]', '["ff:ff:ff:ff:ff:ff"]'])
def test_mac_addresses_vary_too(send, many):
    packet = Ether(src=OURS, dst=json.loads(many)) / IP(src="192.0.2.10", dst="192.0.2.20") / ICMP()
    done = send(f"Ether(dst={many})/{INNER}", "-i", "eth0", "--dry-run", "--hex")
    assert sorted(done.stdout.split()) == sorted(bytes(one).hex() for one in packet), done.stderr


def test_a_mac_address_that_is_given_is_not_asked_for(send):
    done = send('Ether(dst="02:00:00:00:00:99")/IP(dst="192.0.2.20")/UDP()', "-i", "eth0", "--dry-run", "--hex")
    packet = Ether(src=OURS, dst="02:00:00:00:00:99") / IP(src="192.0.2.10", dst="192.0.2.20") / UDP()
    assert done.stdout.split() == [bytes(packet).hex()]


def test_arp_goes_to_all(send, seen):
    with seen("arp and arp[6:2] = 1 and arp[24:4] = 0xc0000263", 1) as other:
        assert send('ARP(pdst="192.0.2.99")').returncode == 0
    request = ARP(hwsrc=OURS, psrc="192.0.2.10", pdst="192.0.2.99")
    assert other.frames == [bytes(Ether(src=OURS, dst="ff:ff:ff:ff:ff:ff") / request)]


def test_frames_go_round_until_there_are_so_many(send, seen):
    with seen("udp port 9", 30_001) as other:
        done = send('IP(dst="192.0.2.20")/UDP(sport=[1, 2, 3], dport=9)', "--count", "30001", "--rate", "20000")
    assert "30001 frames" in done.stderr
    ports = [int.from_bytes(frame[34:36], "big") for frame in other.frames]
    assert ports == [1 + number % 3 for number in range(30_001)]


def test_replies_are_paired_and_timed(send):
    done = send('IP(dst="192.0.2.20")/ICMP(seq=[1, 2])', "--reply")
    pattern = (
        r"(\d): Ether / IP / ICMP 192.0.2.10 > 192.0.2.20 echo-request 0 -> .* echo-reply 0 after \d+(\.\d+)? [um]s"
    )
    lines = [re.fullmatch(pattern, line) for line in done.stdout.splitlines()]
    assert all(lines), done.stdout
    assert [line[1] for line in lines] == ["1", "2"]
    assert done.returncode == 0
    assert done.stderr.endswith("; 2 of 2 answered\n")


def test_an_icmp_error_is_an_answer_too(send):
    done = send('IP(dst="192.0.2.20")/UDP(sport=4000, dport=9999)/"x"', "--reply")
    assert "dest-unreach port-unreachable" in done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize("options", [(), ("--count", "3"), ("--loop", "--count", "3")])
def test_what_is_drawn_is_one_frame_or_as_many_as_are_asked_for(send, options):
    """As scapy's `send` has it; with lists each of their frames, and what is drawn goes on behind the last."""
    text = 'IP(dst="192.0.2.20", id=Counter(5))/UDP(sport=RandShort(seed=3), dport=[7, 9])'
    alone = send(text.replace("[7, 9]", "7"), *options, "--dry-run", "--hex").stdout.split()
    lists = [IP(bytes.fromhex(one)[14:]) for one in send(text, *options, "--dry-run", "--hex").stdout.split()]
    assert len(alone) == len(set(alone)) == (3 if options else 1)
    assert [one.id for one in lists] == [5, 6, 7][: len(lists)]
    assert [one.dport for one in lists] == [7, 9, 7][: len(lists)]
    assert len(lists) == len({one.sport for one in lists}) == (3 if options else 2)


def test_names_and_addresses_with_their_link_are_found(lab, send):
    """The hosts file of the lab knows its hosts by name."""
    done = send('IP(dst="localhost")/ICMP()', "--dry-run")
    assert "127.0.0.1 > 127.0.0.1" in done.stderr, done.stderr
    shown = json.loads(lab["server"].run(["ip", "-j", "-6", "addr", "show", "eth0"], check=True).stdout)
    link_local = next(one["local"] for one in shown[0]["addr_info"] if one["scope"] == "link")
    index = json.loads(lab["client"].run(["ip", "-j", "link", "show", "eth0"], check=True).stdout)[0]["ifindex"]
    for scope in ("eth0", index):
        done = send(f'IPv6(dst="{link_local}%{scope}")/ICMPv6EchoRequest(id=9)', "--reply")
        assert (done.returncode, done.stdout.count(f"from {link_local}")) == (0, 1), done.stderr


def test_what_scapy_has_to_draw_is_said(send):
    done = send('IP(dst="192.0.2.20")/fuzz(TCP(), seed=1)', "--dry-run", "--count", "2")
    assert done.returncode == 0
    assert done.stderr.startswith("rawkit: scapy itself draws TCP.options, frame by frame: slower, ")


def test_destinations_that_were_left_out_have_no_answer(lab, send):
    """The kernel knows already that one does not answer, so that nobody waits."""
    lab["client"].run(["ip", "route", "add", "blackhole", "192.0.2.64/32"], check=True)
    done = send('IP(dst=["192.0.2.20", "192.0.2.64"])/ICMP()', "--reply")
    lab["client"].run(["ip", "route", "del", "192.0.2.64/32"], check=True)
    assert "; 1 of 1 answered; nothing was sent to 192.0.2.64: " in done.stderr
    assert done.returncode == 1


def test_no_answer_is_exit_code_1(send):
    done = send('IP(dst="192.0.2.20")/UDP(dport=[9999, 7], chksum=1)/"x"', "--reply", "--timeout", "0.2")
    assert (done.returncode, done.stdout) == (1, "")
    assert "0 of 2 answered" in done.stderr


def test_what_is_sent_and_what_answers_is_written(send, tmp_path):
    done = send('IP(dst="192.0.2.20")/ICMP(id=77)', "--reply", "--hex", "--write", tmp_path / "x.pcapng.gz")
    with open_capture(tmp_path / "x.pcapng.gz") as capture:
        frames, times = zip(
            *((f, t) for b in capture for f, t in zip(b.frames(), b.timestamp, strict=True)), strict=True
        )
    assert [Ether(frame)[ICMP].type for frame in frames] == [8, 0]
    assert [frame.hex() for frame in frames] == [line for line in done.stdout.splitlines() if ":" not in line]
    assert abs(int(times[0]) / 1e9 - time.time()) < PATIENCE


def test_what_hex_prints_is_a_template(send, seen):
    made = send('IP(dst="192.0.2.20")/UDP(dport=[9, 10])/"abc"', "--dry-run", "--hex").stdout
    with seen("udp", 2) as other:
        assert send("--template", "-", "-i", "eth0", stdin=f"# two frames\n{made}").returncode == 0
    assert [frame.hex() for frame in other.frames] == made.split()


def test_packets_without_a_link_header_get_one(send, seen, tmp_path):
    packets = [bytes(IP(src="192.0.2.10", dst="192.0.2.20") / UDP(dport=9, sport=port)) for port in (1, 2)]
    with PcapWriter(tmp_path / "raw.pcap", 101) as writer:
        writer.write(FrameBatch.from_frames(packets, link_type=101))
    for template, stdin in ((tmp_path / "raw.pcap", None), ("-", "\n".join(packet.hex(" ") for packet in packets))):
        with seen("udp", 4) as other:
            done = send("--template", template, "--count", "4", stdin=stdin)
        assert done.returncode == 0, done.stderr
        assert other.frames == [bytes(Ether(src=OURS, dst=THEIRS, type=0x0800)) + packet for packet in packets * 2]


def test_a_dump_of_tcpdump_is_a_template(send, seen, lab, tmp_path):
    frame = bytes(Ether(src=OURS, dst=THEIRS) / IP(src="192.0.2.10", dst="192.0.2.20") / UDP(dport=9) / (b"x" * 40))
    with PcapWriter(tmp_path / "one.pcap", 1) as writer:
        writer.write(FrameBatch.from_frames([frame]))
    command = ["tcpdump", "-r", tmp_path / "one.pcap", "-xx", "-q", "-t"]
    dump = subprocess.run(command, capture_output=True, text=True, check=True).stdout.partition("\n")[2]
    with seen("udp", 1) as other:
        assert send("--template", "-", "-i", "eth0", stdin=dump).returncode == 0
    assert other.frames == [frame]


def rate_of(seen, count, call, wanted) -> subprocess.CompletedProcess[str]:
    """Sees that frames come at a rate, within 3%; the machine may stall, so one of three tries is enough."""
    for _ in range(3):
        with seen("udp port 9", count) as other:
            done = call()
        rate = (count - 1) * 1e9 / (other.times[-1] - other.times[0])
        if rate == pytest.approx(wanted, rel=0.03):
            return done
    raise AssertionError(f"{rate} frames a second where {wanted} were asked for")


@pytest.mark.alone
def test_the_rate_is_the_one_that_was_asked_for(send, seen):
    expression = 'IP(dst="192.0.2.20")/UDP(dport=9)'
    done = rate_of(seen, 4000, lambda: send(expression, "--count", "4000", "--rate", "2000"), 2000)
    assert int(re.findall(r": (\d+) frames/s", done.stderr)[0]) == pytest.approx(2000, rel=0.03)


@pytest.mark.alone
def test_megabits_are_those_of_the_frames(send, seen):
    expression = 'IP(dst="192.0.2.20")/UDP(dport=9)/Raw(load="%s")' % ("x" * 458)
    rate_of(seen, 1000, lambda: send(expression, "--count", "1000", "--mbps", "8"), 8e6 / (500 * 8))


def resets(frames: Sequence[bytes]) -> int:
    return sum("R" in str(Ether(frame)[TCP].flags) for frame in frames)


def tables(lab: Lab) -> list[str]:
    """The nftables tables of the client."""
    listed = lab["client"].run(["nft", "-j", "list", "tables"], check=True).stdout
    return [one["table"]["name"] for one in json.loads(listed)["nftables"] if "table" in one]


def test_the_kernel_resets_what_it_does_not_know(send, seen):
    """The control of the next test."""
    with seen("tcp port 7", 3) as other:
        assert "SA" in send('IP(dst="192.0.2.20")/TCP(sport=41000, dport=7, flags="S")', "--reply").stdout
    assert resets(other.frames) == 1


def test_a_connection_can_be_made_by_hand(send, seen, lab):
    syn = 'IP(dst="192.0.2.20")/TCP(sport={}, dport=7, flags="S", seq=100)'.format
    with seen("tcp port 7") as other:
        options = ("--reply", "--no-kernel-rst", "--timeout", "30", "--hex")
        first = lab["client"].popen([*RAWKIT, "send", syn(41001), *options], stdout=subprocess.PIPE, text=True)
        lines = [first.stdout.readline() for _ in range(3)]
        assert "SA after" in lines[1]
        answer = Ether(bytes.fromhex(lines[2]))[TCP]
        own = f"sport=41001, dport=7, seq=101, ack={answer.seq + 1}"
        echoed = send(f'IP(dst="192.0.2.20")/TCP({own}, flags="A")')
        echoed = send(f'IP(dst="192.0.2.20")/TCP({own}, flags="PA")/"hello"', "--reply", "--hex", "--timeout", "0.5")
        assert lab["server"].run(["ss", "-tnH", "sport", "7"]).stdout.split()[0] == "ESTAB"
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=PATIENCE)
    assert resets(other.frames) == 0
    assert "192.0.2.20:echo > 192.0.2.10:41001" in echoed.stdout
    assert any(
        bytes(Ether(frame)[TCP].payload)[:5] == b"hello" and Ether(frame)[TCP].sport == 7 for frame in other.frames
    )
    assert tables(lab) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_rule_goes_with_the_process(lab, number):
    command = [
        *RAWKIT,
        "send",
        'IP(dst="192.0.2.20")/TCP(sport=41002, flags="S")',
        "--no-kernel-rst",
        "--timeout",
        "50",
    ]
    process = lab["client"].popen(command, stderr=subprocess.PIPE, text=True)
    assert eventually(lambda: len(tables(lab)) == 1)
    process.send_signal(number)
    process.communicate(timeout=PATIENCE)
    assert eventually(lambda: tables(lab) == [])


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether a condition becomes true in time."""
    end = time.monotonic() + 20
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("ending", [["--loop"], ["--count", "1000000"]])
def test_ctrl_c_ends_with_the_summary(lab, seen, ending):
    with seen("udp port 9", 20) as other:
        command = [*RAWKIT, "send", 'IP(dst="192.0.2.20")/UDP(dport=9)', "--rate", "100", *ending]
        process = lab["client"].popen(command, stderr=subprocess.PIPE, text=True)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == (0 if ending == ["--loop"] else 130)
    (frames,) = re.findall(r"^rawkit: (\d+) frames", said)
    assert int(frames) >= len(other.frames)
    assert said.count("\n") == 1


BAD = {
    "unknown layer": (['IPP(dst="192.0.2.20")'], "no layer is called IPP (column 1): did you mean IP?"),
    "unknown field": (['IP(dts="192.0.2.20")'], "IP has no field dts (column 4): did you mean dst?"),
    "value": (['IP(dst="192.0.2.20")/TCP(dport=70000)'], "TCP.dport cannot be 70000 (column 32): give 0 to 65535"),
    "code": (['__import__("os")'], "no layer is called __import__"),
    "no route": (['IP(dst="198.51.100.1")/UDP()'], "198.51.100.1: no route: Network is unreachable: see `ip route`"),
    "no interface": (
        ['IP(dst="192.0.2.20")/UDP()', "-i", "eth9"],
        "no interface 'eth9': name one that `ip link` lists",
    ),
    "no way out": (['Ether(dst="02:00:00:00:00:99")/"x"'], "no IP address says which interface to send on: give -i"),
    "MTU": ([f'IP(dst="192.0.2.20")/UDP()/"{"x" * 1473}"'], "a frame of 1515 bytes is too large, eth0 takes 1514 "),
    "another link": (
        ['Dot1Q()/IP(dst="192.0.2.20")', "-i", "lo"],
        "Dot1Q cannot be the outermost layer: begin with Ether",
    ),
    "no name": (['IP(dst="nobody.example")/UDP()'], "nobody.example: "),
    "two links": (
        ['IPv6(dst=["fe80::1%eth0", "fe80::2%lo"])/UDP()'],
        "the destinations leave by eth0 and lo (column 27): send them apart",
    ),
    "another -i": (
        ['IPv6(dst="fe80::1%eth0")/UDP()', "-i", "lo"],
        "-i lo: the destination is on eth0, as its address says: leave one out",
    ),
    "the rest": (
        ['IP(dst="192.0.2.20")/UDP()/Raw(load=["x", "x" * 1500])', "--reply"],
        "a frame of 1542 bytes is too large, eth0 takes 1514 ",
    ),
    "answers": (
        ['IP(dst="192.0.2.20")/UDP()', "--answers", "all"],
        "--answers says how many answers --reply waits for",
    ),
    "nothing": ([], "what to send is an expression or --template: give one of the two"),
    "two rates": (["IP()", "--rate", "1", "--mbps", "1"], "--rate and --mbps both say how fast: leave one out"),
    "not TCP": (['IP(dst="192.0.2.20")/UDP()', "--no-kernel-rst"], "--no-kernel-rst is for TCP"),
    "no file": (["--template", "/nowhere", "-i", "eth0"], "/nowhere: cannot read"),
    "no hex": (["--template", "-", "-i", "eth0"], "-: line 2 is no hex: give two digits a byte, or a capture file"),
    "silent": (['IP(dst="192.0.2.98")/UDP()'], "192.0.2.98: no answer on eth0 to who has it"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_one_line_and_nothing_is_sent(send, within, seen, what):
    arguments, message = BAD[what]
    with seen("udp or tcp or vlan") as other:
        done = send(*arguments, stdin="aabb\nno hex\n") if "-" in arguments else within(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"rawkit: {message}")
    assert done.stderr.count("\n") == 1
    assert other.frames == []


def test_an_interface_that_is_down_is_said(lab, send):
    lab["client"].run(["ip", "link", "add", "down9", "type", "veth", "peer", "down8"], check=True)
    done = send('IP(dst="192.0.2.20")/UDP()', "-i", "down9")
    assert (done.returncode, done.stderr) == (
        2, "rawkit: down9 is down: set it up with `ip link set down9 up`\n",
    )  # fmt: skip


@pytest.fixture(scope="module")
def routed() -> Iterator[Lab]:
    with Lab.from_spec("router") as made:
        yield made


def test_all_hosts_behind_a_router_have_its_mac_address(lab, routed):
    command = [*RAWKIT, "send", 'IP(dst=["198.51.100.0/28", "192.0.2.1"])/UDP(dport=9)', "--dry-run", "--hex"]
    done = routed["client"].run(command, timeout=PATIENCE, check=True)
    (router,) = {Ether(bytes.fromhex(frame)).dst for frame in done.stdout.split()}
    neighbours = json.loads(routed["client"].run(["ip", "-j", "neigh", "show", "192.0.2.1"], check=True).stdout)
    assert router == neighbours[0]["lladdr"]
    assert len(done.stdout.split()) == 17


@pytest.mark.slow
def test_hosts_that_do_not_answer_are_left_out_and_said(send):
    done = send('IP(dst=["192.0.2.97", "192.0.2.20", "192.0.2.96"])/UDP(dport=9)', "--hex")
    assert [Ether(bytes.fromhex(frame)).dst for frame in done.stdout.split()] == [THEIRS]
    why = "no route, or no answer from the next hop"
    assert done.stderr.endswith(f"; nothing was sent to 192.0.2.96, 192.0.2.97: {why}\n")


@pytest.mark.parametrize(
    ("without", "options", "message"),
    [
        ("-net_raw", (), "packet sockets need CAP_NET_RAW: use sudo, "),
        (
            "-net_admin",
            ("--no-kernel-rst",),
            "--no-kernel-rst needs CAP_NET_ADMIN: use sudo, or try it in `rawkit lab`",
        ),
    ],
)
def test_a_right_that_is_missing_is_said(lab, seen, without, options, message):
    lab["client"].run(["ping", "-c", "1", "192.0.2.20"], check=True)
    command = ["setpriv", "--bounding-set", without, *RAWKIT, "send", 'IP(dst="192.0.2.20")/TCP(dport=9)', *options]
    with seen("tcp port 9") as other:
        done = lab["client"].run(command, timeout=PATIENCE)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith(f"rawkit: {message}")
    assert other.frames == []
