"""`rawkit ping` across real stacks, routers and faulty links, beside iputils' ping, fping and tcpdump."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from rawkit.errors import PrivilegeError
from rawkit.lab import Faults, Lab, LabSpec, scenarios
from rawkit.values import replace

SERVER, SERVER6 = "192.0.2.20", "2001:db8:1::20"
FAR, FAR6 = "198.51.100.20", "2001:db8:2::20"
COMMAND = [sys.executable, "-m", "rawkit", "ping"]

pytestmark = pytest.mark.netns


def up(spec: LabSpec) -> Lab:
    try:
        return Lab.from_spec(spec)
    except PrivilegeError as error:
        pytest.skip(str(error))


def faulty_spec() -> LabSpec:
    """The scenario `pair` with a middlebox, and without IPv6, whose own packets would meet faults meant for ours."""
    spec = scenarios.load("pair")
    link = spec.links[0]
    ends = tuple(replace(end, addresses=end.addresses[:1]) for end in link.ends)
    hosts = tuple(replace(host, sysctls={"net.ipv6.conf.all.disable_ipv6": "1"}) for host in spec.hosts)
    return replace(spec, hosts=hosts, links=(replace(link, ends=ends, faults=Faults()),))


def fix_neighbours(lab: Lab) -> None:
    """Neighbours for good: no ARP between the packets that a middlebox counts."""
    for here, there in (("client", "server"), ("server", "client")):
        mac = json.loads(lab[there].run(["ip", "-j", "link", "show", "eth0"], check=True).stdout)[0]["address"]
        entry = [str(lab[there].ipv4), "lladdr", mac, "dev", "eth0", "nud", "permanent"]
        lab[here].run(["ip", "neigh", "replace", *entry], check=True)


@pytest.fixture(autouse=True)
def own_rights(monkeypatch):
    """The command is called in this process, which other tests need with all its rights (see test_ping_rights)."""
    monkeypatch.setattr("rawkit.sockets.privileges.drop", lambda user: None)


@pytest.fixture(scope="module")
def pair() -> Iterator[Lab]:
    with up(scenarios.load("pair")) as lab:
        yield lab


@pytest.fixture(scope="module")
def routed() -> Iterator[Lab]:
    with up(scenarios.load("router")) as lab:
        lab["router"].run(["ip", "link", "set", "eth1", "mtu", "1300"], check=True)
        # Errors as often as they are caused: ip-sysctl's icmp_ratelimit lets one a second through.
        for name in ("net.ipv4.icmp_ratelimit", "net.ipv6.icmp.ratelimit"):
            lab["router"].run(["sysctl", "-qw", f"{name}=0"], check=True)
        yield lab


@pytest.fixture(scope="module")
def faulty() -> Iterator[Lab]:
    with up(faulty_spec()) as lab:
        fix_neighbours(lab)
        yield lab


@pytest.fixture
def ping(rawkit, request):
    """Calls `rawkit ping` in the client of the lab that the test asks for; with JSON it gives the objects."""
    (name,) = {"pair", "routed", "faulty"} & set(request.fixturenames)
    lab = request.getfixturevalue(name)

    def call(*arguments: str):
        with lab["client"].entered():
            return rawkit("ping", *arguments)

    return call


def objects(done) -> list[dict]:
    return [json.loads(line) for line in done.lines]


def summary(done) -> dict:
    return objects(done)[-1]


def of_kind(done, kind: str) -> list[dict]:
    return [one for one in objects(done) if one["type"] == kind]


@pytest.mark.parametrize("target", [SERVER, SERVER6])
@pytest.mark.parametrize("method", ["icmp", "tcp", "udp"])
def test_every_method_gets_its_answers(pair, ping, target, method):
    done = ping("-c", "3", "-i", "0.01", "--method", method, "--format", "json", target)
    assert (done.code, done.err) == (0, "")
    found = summary(done)
    assert (found["sent"], found["received"], found["clock"]) == (3, 3, "kernel")


def test_names_are_looked_up(pair):
    for version, address in (("-4", SERVER), ("-6", SERVER6)):
        done = pair["client"].run([*COMMAND, version, "-c", "1", "server"])
        assert done.stdout.splitlines()[1].startswith(f"64 bytes from server ({address}): icmp_seq=1 ttl=64 time=")


@pytest.mark.parametrize("target", [SERVER, SERVER6])
def test_neighbours_answer_with_their_mac(pair, ping, target):
    done = ping("-c", "2", "-i", "0.01", "--method", "arp", "-I", "eth0", "--format", "json", target)
    link = json.loads(pair["server"].run(["ip", "-j", "link", "show", "eth0"], check=True).stdout)[0]
    assert [reply["detail"] for reply in of_kind(done, "reply")] == [link["address"]] * 2
    assert ping("-c", "1", "-W", "0.1", "--method", "arp", "-I", "eth0", "192.0.2.77").code == 1


@pytest.mark.referee
@pytest.mark.skipif(shutil.which("nft") is None, reason="needs nft")
def test_another_address_that_answers_is_marked_as_by_iputils():
    ruleset = f"""
    table ip elsewhere {{
      chain out {{
        type route hook output priority mangle
        ip saddr {SERVER} icmp type echo-reply ip saddr set 192.0.2.30
      }}
    }}
    """
    with up(scenarios.load("pair")) as lab:
        lab["server"].run(["nft", "-f", "-"], input=ruleset, check=True)
        theirs = lab["client"].run(["ping", "-n", "-c", "1", SERVER], check=True).stdout
        ours = lab["client"].run([*COMMAND, "-c", "1", SERVER], check=True).stdout
    for out in (ours, theirs):
        assert re.search(r"^64 bytes from 192\.0\.2\.30: icmp_seq=1 .* \(DIFFERENT ADDRESS!\)$", out, re.MULTILINE)


def test_two_owners_of_an_address_are_told():
    """The address is on two interfaces of the server's link, so two MAC addresses answer for it."""
    with up(scenarios.load("pair")) as lab:
        server = lab["server"]
        server.run(["ip", "link", "add", "twin", "link", "eth0", "type", "macvlan"], check=True)
        server.run(["ip", "addr", "add", f"{SERVER}/24", "dev", "twin"], check=True)
        server.run(["ip", "link", "set", "twin", "up"], check=True)
        arguments = [*COMMAND, "-c", "3", "-i", "0.05", "--method", "arp", "-I", "eth0", SERVER]
        out = lab["client"].run(arguments).stdout
    assert "(DUP!)" in out
    assert f"{SERVER} is claimed by 2 MAC addresses: " in out


@pytest.mark.referee
def test_a_tcp_port_that_listens_answers_syn_ack_and_gets_no_third_packet(pair, ping):
    """tcpdump sees SYN, SYN-ACK and the kernel's RST, which leaves nothing behind."""
    with pair["server"].entered():
        import socket

        listener = socket.create_server(("0.0.0.0", 8080))
    with listener:
        dump = pair["server"].popen(
            ["tcpdump", "-ni", "eth0", "--immediate-mode", "-l", "-c", "3", "tcp port 8080"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with dump:
            while "listening" not in dump.stderr.readline():
                pass
            done = ping("-c", "1", "--method", "tcp", "--port", "8080", SERVER)
            lines, _ = dump.communicate(timeout=60)
    assert "(SYN-ACK)" in done.lines[1]
    assert re.findall(r"Flags \[(.+?)\]", lines) == ["S", "S.", "R"]


@pytest.mark.referee
def test_nothing_is_missed_that_tcpdump_saw(pair, ping):
    dump = pair["client"].popen(
        ["tcpdump", "-ni", "eth0", "-Q", "in", "-l", "-c", "200", "icmp[icmptype]==icmp-echoreply"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with dump:
        while "listening" not in dump.stderr.readline():
            pass
        done = ping("-c", "200", "-i", "0.002", "--format", "json", SERVER)
        lines, _ = dump.communicate(timeout=60)
    seen = re.findall(r"seq (\d+)", lines)
    assert [str(reply["seq"]) for reply in of_kind(done, "reply")] == seen
    assert len(seen) == 200


@pytest.mark.referee
@pytest.mark.parametrize(
    "options",
    [
        ("-s", "100", "-t", "7", "-Q", "0x10"),
        ("-s", "4", "-p", "cafe"),
        ("-s", "0", "-M", "do"),
    ],
    ids=" ".join,
)
def test_requests_on_the_wire_are_what_was_asked_for(pair, ping, options, tmp_path):
    """tshark reads from the wire what the options mean, and a right checksum; iputils' requests look the same."""
    path = tmp_path / "echo.pcap"
    dump = pair["server"].popen(
        ["tcpdump", "-Z", "root", "-ni", "eth0", "-U", "-w", path, "-c", "2", "icmp[icmptype]==icmp-echo"],
        stderr=subprocess.PIPE,
        text=True,
    )
    with dump:
        while "listening" not in dump.stderr.readline():
            pass
        assert ping("-c", "1", *options, SERVER).code == 0
        pair["client"].run(["ping", "-c", "1", *options, SERVER], check=True)
        dump.communicate(timeout=60)
    names = ["ip.len", "ip.ttl", "ip.dsfield", "ip.flags.df", "icmp.checksum.status", "icmp.seq", "icmp.code"]
    fields = [part for name in names for part in ("-e", name)]
    shown = subprocess.run(["tshark", "-r", path, "-T", "fields", *fields], capture_output=True, text=True, check=True)
    ours, theirs = shown.stdout.splitlines()
    assert ours == theirs


@pytest.mark.parametrize(("target", "words"), [(FAR, "Time to live exceeded"), (FAR6, "Time exceeded: Hop limit")])
@pytest.mark.parametrize("method", ["icmp", "tcp", "udp"])
def test_the_router_where_time_is_exceeded_is_named(routed, ping, target, words, method):
    router = "192.0.2.1" if target == FAR else "2001:db8:1::1"
    done = ping("-c", "1", "-t", "1", "-W", "2", "--method", method, target)
    assert done.code == 1
    assert done.lines[1] == f"From {router} {method}_seq=1 {words}"
    assert "1 packets transmitted, 0 received, +1 errors, 100% packet loss" in done.lines[4]


@pytest.mark.referee
def test_iputils_names_the_same_router_and_reason(routed, ping):
    for options in (("-t", "1"), ("-M", "do", "-s", "1400")):
        routed["client"].run(["ip", "route", "flush", "cache"], check=True)
        theirs = routed["client"].run(["ping", "-n", "-c", "1", *options, FAR]).stdout.splitlines()
        routed["client"].run(["ip", "route", "flush", "cache"], check=True)
        ours = ping("-c", "1", *options, FAR).lines
        assert ours[1] == theirs[1]
        assert re.sub(r"\d+ms", "", ours[4]) == re.sub(r"\d+ms", "", theirs[4])


@pytest.mark.parametrize(("target", "kind"), [(FAR, 3), (FAR6, 2)])
def test_the_mtu_on_the_way_is_told(routed, ping, target, kind):
    routed["client"].run(["ip", "route", "flush", "cache"], check=True)
    done = ping("-c", "2", "-i", "0.05", "-M", "do", "-s", "1400", "--format", "json", target)
    by_router, by_host = of_kind(done, "error")
    assert (by_router["icmp_type"], by_router["mtu"]) == (kind, 1300)
    assert (by_host["mtu"], by_host["reason"]) == (1300, "local error: message too long, mtu=1300")
    assert "address" not in by_host


def test_unreachable_codes_are_told():
    """In a lab of its own: a router that has sent one host several errors leaves some out; iputils misses them too."""
    cases = {"prohibit": "Packet filtered", "unreachable": "Destination Host Unreachable"}
    with up(scenarios.load("router")) as lab:
        for kind, words in cases.items():
            lab["router"].run(["ip", "route", "replace", kind, "203.0.113.0/24"], check=True)
            out = lab["client"].run([*COMMAND, "-c", "1", "-W", "2", "203.0.113.1"]).stdout
            assert out.splitlines()[1] == f"From 192.0.2.1 icmp_seq=1 {words}"


def test_nobody_at_home_is_exit_code_1(pair, ping):
    done = ping("-c", "2", "-i", "0.05", "-W", "0.2", "-O", "192.0.2.77")
    assert done.code == 1
    assert done.lines[1] == "no answer yet for icmp_seq=1"
    assert "2 packets transmitted, 0 received, 100% packet loss" in done.lines[-1]


@pytest.mark.referee
def test_a_missing_answer_is_told_when_the_next_probe_leaves_as_iputils_does(pair, ping):
    """With the time before it, and although its own time is over by then."""
    options = ("-n", "-c", "2", "-i", "0.2", "-W", "0.05", "-O", "-D", "192.0.2.77")
    theirs = pair["client"].run(["ping", *options]).stdout.splitlines()
    ours = ping(*options).lines
    assert re.fullmatch(r"\[\d{10}\.\d{6}\] no answer yet for icmp_seq=1", ours[1])
    assert [re.sub(r"[\d.]+(?=\])", "N", line) for line in ours[:3]] == [
        re.sub(r"[\d.]+(?=\])", "N", line) for line in theirs[:3]
    ]


def test_answers_after_the_time_out_are_late(faulty, ping):
    faulty.middlebox().change(Faults(delay=0.05), Faults())
    done = ping("-c", "6", "-i", "0.02", "-W", "0.03", "--format", "json", SERVER)
    found = summary(done)
    assert (found["received"], found["loss_percent"]) == (0, 100)
    assert found["late"] >= 2, "the first probes' answers come while later ones are waited for"
    assert {one["rtt_ns"] > 50_000_000 for one in of_kind(done, "late")} == {True}


@pytest.mark.parametrize("delay", [0.005, 0.02])
def test_the_delay_of_a_line_is_what_is_measured(faulty, ping, delay):
    faulty.middlebox().change(Faults(delay=delay), Faults())
    found = summary(ping("-c", "10", "-i", "0.01", "--format", "json", SERVER))
    assert found["received"] == 10
    # The least of ten: the middlebox is a program too, and others may have its processor.
    assert delay * 1e9 <= found["rtt_min_ns"] < delay * 1e9 + 20_000_000


def test_damaged_replies_are_counted_apart(faulty, ping):
    """Each reply has one bit turned over: some replies are still recognized, none is taken for a right one."""
    faulty.middlebox().change(Faults(), Faults(corrupt=1, seed=3))
    done = ping("-c", "40", "-i", "0.005", "-W", "0.2", "--format", "json", SERVER)
    found = summary(done)
    assert found["received"] == 0
    assert found["corrupt"] > 20
    assert {one["detail"] for one in of_kind(done, "corrupt")} == {"bad checksum"}


def test_duplicates_and_overtaken_replies_are_told(faulty, ping):
    faulty.middlebox().change(Faults(), Faults(duplicate=0.2, reorder=0.1, seed=5))
    found = summary(ping("-c", "100", "-i", "0.005", "--format", "json", SERVER))
    _, back = faulty.middlebox().counts()
    assert found["received"] == 100
    assert found["duplicates"] == back["duplicated"]
    assert 0 < found["reordered"] <= back["reordered"] + back["duplicated"]


MIXTURES = {
    "loss": Faults(loss=0.2, seed=11),
    "loss and duplicates": Faults(loss=0.1, duplicate=0.1, seed=12),
    "corruption": Faults(corrupt=0.2, seed=13),
    "loss, delay and reordering": Faults(loss=0.1, delay=0.002, reorder=0.1, seed=16),
}


@pytest.mark.alone
@pytest.mark.referee
@pytest.mark.slow
@pytest.mark.parametrize("name", MIXTURES)
def test_iputils_and_fping_count_the_same(faulty, ping, name):
    """The same seed and the same frames give the same faults to each tool.

    What iputils makes of a damaged reply depends on its version: received (20221126), or counted apart (later ones).
    fping 5.1 counts up to one fewer of them, steadily with the same seed and for a reason that is not known here, so
    it is not asked about those. With seed 14 and 150 echoes it had one reply more, the 150th: the middlebox held that
    back for longer than two round trips, for which ping and rawkit wait, and not a whole time-out as fping does.
    """
    faults = MIXTURES[name]
    faulty.middlebox().change(faults)
    found = summary(ping("-c", "100", "-i", "0.01", "-W", "1", "--format", "json", SERVER))
    assert (found["corrupt"] > 0) == (faults.corrupt > 0)
    ours = (found["sent"], found["received"] + found["corrupt"], found["duplicates"])
    faulty.middlebox().change(faults)
    assert iputils_counts(faulty, "-c", "100", "-i", "0.01", "-W", "1", SERVER) == ours
    if faults.corrupt or shutil.which("fping") is None:
        return
    faulty.middlebox().change(faults)
    assert fping_counts(faulty, "-q", "-c", "100", "-p", "10", "-t", "1000", SERVER) == ours[:2]


def iputils_counts(lab: Lab, *arguments: str) -> tuple[int, int, int]:
    """Sent, received (damaged or not), duplicates."""
    out = lab["client"].run(["ping", "-q", *arguments]).stdout

    def number(pattern: str) -> int:
        match = re.search(pattern, out)
        return int(match[1]) if match else 0

    received = number(r"(\d+) received") + number(r"\+(\d+) corrupted")
    return number(r"(\d+) packets tr"), received, number(r"\+(\d+) duplicates")


def fping_counts(lab: Lab, *arguments: str) -> tuple[int, int]:
    """Sent, received."""
    match = re.search(r"= (\d+)/(\d+)/", lab["client"].run(["fping", *arguments]).stderr)
    return int(match[1]), int(match[2])


@pytest.mark.referee
@pytest.mark.skipif(shutil.which("fping") is None, reason="fping is not installed")
def test_fping_finds_the_same_hosts_alive_although_packets_are_lost(faulty, ping):
    faulty["server"].run(["ip", "addr", "add", "198.18.0.0/24", "dev", "lo"], check=True)
    faulty["server"].run(["ip", "route", "add", "blackhole", "198.18.1.0/24"], check=True)
    for host, via in (("client", SERVER), ("server", "192.0.2.10")):
        faulty[host].run(["ip", "route", "replace", "198.18.0.0/23", "via", via], check=host == "client")
    faulty.middlebox().change(Faults(loss=0.05, seed=21))
    # With nine tries and a tenth of them lost, a host is missed in one run of a million.
    ours = ("--retries", "8", "--backoff", "1", "-W", "0.2")
    fping = ("-r", "8", "-B", "1", "-t", "200", "-i", "1")
    done = ping("--alive", *ours, "198.18.0.0/23")
    faulty.middlebox().change(Faults(loss=0.05, seed=21))
    theirs = faulty["client"].run(["fping", "-aq", *fping, "-g", "198.18.0.0/23"]).stdout.split()
    assert set(done.lines) == set(theirs) == {f"198.18.0.{n}" for n in range(1, 255)}
    assert done.code == 1


def test_a_multicast_group_is_collected(pair, ping):
    done = ping("-c", "2", "-i", "0.1", "-I", "eth0", "--format", "json", "ff02::1")
    assert len(summary(done)["answerers"]) == 2, "both hosts of the link"
    assert len(of_kind(done, "reply")) == 4


def test_a_broadcast_needs_b(pair, ping):
    pair["server"].run(["sysctl", "-qw", "net.ipv4.icmp_echo_ignore_broadcasts=0"], check=True)
    assert "a broadcast address needs -b" in ping("-c", "1", "192.0.2.255").lines[1]
    done = ping("-c", "1", "-W", "1", "-b", "--format", "json", "192.0.2.255")
    assert [reply["address"] for reply in of_kind(done, "reply")] == [SERVER]


def without_net_raw(*arguments: str) -> list[str]:
    """The command as root's, but without the right to raw sockets."""
    return ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw", *COMMAND, *arguments]


@pytest.mark.root
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed")
def test_without_root_ping_sockets_do(pair):
    client = pair["client"]
    client.run(["sysctl", "-qw", "net.ipv4.ping_group_range=1 0"], check=True)
    done = client.run(without_net_raw("-c", "1", SERVER))
    assert done.returncode == 2
    assert re.fullmatch(r"rawkit: .*ping_group_range.*\n", done.stderr)
    client.run(["sysctl", "-qw", "net.ipv4.ping_group_range=0 0"], check=True)
    for target in (SERVER, SERVER6):
        done = client.run(without_net_raw("-c", "3", "-i", "0.01", "--format", "json", target))
        last = json.loads(done.stdout.splitlines()[-1])
        assert (done.returncode, last["received"], last["clock"]) == (0, 3, "kernel")
    client.run(["sysctl", "-qw", "net.ipv4.ping_group_range=1 0"], check=True)
    done = client.run(without_net_raw("-c", "1", "--method", "tcp", SERVER))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert client.run(without_net_raw("-c", "1", "--method", "udp", SERVER)).returncode == 0


@pytest.mark.root
def test_without_root_errors_have_their_sender_too(routed):
    client = routed["client"]
    client.run(["sysctl", "-qw", "net.ipv4.ping_group_range=0 0"], check=True)
    done = client.run(without_net_raw("-c", "1", "-t", "1", FAR))
    assert done.stdout.splitlines()[1] == "From 192.0.2.1 icmp_seq=1 Time to live exceeded"


def test_ctrl_c_ends_with_the_summary(pair):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with pair["client"].popen([*COMMAND, "-i", "0.01", SERVER], **pipes) as process:
        for _ in range(4):
            process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    sent, received = re.search(r"(\d+) packets transmitted, (\d+) received", out).groups()
    assert 3 <= int(received) <= int(sent) <= int(received) + 1


@pytest.mark.parametrize("end", [("-w", "0.3"), ()], ids=["-w", "Ctrl-C"])
def test_who_was_not_asked_to_the_end_is_not_called_unreachable(pair, end):
    """Two probes a second: the server has answered, and the next target is not asked before it ends."""
    timing = ["--rate", "2", "--retries", "0", "-W", "0.1"]
    words = [*COMMAND, "--unreachable", "--alive", *timing, *end, SERVER, "192.0.2.77", "192.0.2.78-99"]
    with pair["client"].popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        first = process.stdout.readline()
        if not end:
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (first, out, err, process.returncode) == (f"{SERVER} is alive\n", "", "", 1)


def test_the_deadline_counts_answers(pair, ping):
    done = ping("-c", "3", "-w", "5", "-i", "0.01", SERVER)
    assert done.code == 0
    assert "3 packets transmitted, 3 received" in done.lines[-3]
    assert ping("-c", "2", "-w", "0", "-i", "0.01", SERVER).code == 0, "0 is no deadline (ping(8))"
    assert ping("-c", "1000", "-w", "0.1", "-i", "0.01", SERVER).code == 1


@pytest.mark.parametrize("method", ["icmp", "tcp", "udp"])
def test_one_target_without_a_route_stops_no_other(pair, ping, method):
    """The pair's hosts have no default route: this host refuses, and says so."""
    done = ping("-c", "1", "--method", method, "--format", "json", "198.51.100.1", SERVER)
    assert done.code == 1
    (error,) = of_kind(done, "error")
    assert (error["target"], error["reason"]) == ("198.51.100.1", "local error: network is unreachable")
    assert [reply["target"] for reply in of_kind(done, "reply")] == [SERVER]


@pytest.mark.parametrize("method", ["icmp", "tcp", "udp", "arp"])
def test_link_local_addresses_with_their_interface(pair, ping, method):
    links = json.loads(pair["server"].run(["ip", "-j", "-6", "addr", "show", "dev", "eth0"], check=True).stdout)
    address = next(one["local"] for one in links[0]["addr_info"] if one["scope"] == "link")
    done = ping("-c", "1", "--method", method, "-I", "eth0", "--format", "json", f"{address}%eth0")
    assert (done.code, [reply["address"] for reply in of_kind(done, "reply")]) == (0, [f"{address}%eth0"])
