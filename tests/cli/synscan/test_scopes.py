"""The same link-local address on several links: each is a target of its own. Beside nmap, which takes one at a time."""

from __future__ import annotations

import json
import shutil
import socket
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from rawkit.errors import PrivilegeError
from rawkit.lab import Lab, LabSpec, ServiceSpec

pytestmark = pytest.mark.netns
LIKE_NMAP = pytest.mark.skipif(shutil.which("nmap") is None, reason="needs nmap")

NETWORK = """
[hosts.client]
[hosts.r0]
[hosts.r1]
[hosts.r2]

[[links]]
ends = [{ host = "client", addresses = ["192.0.2.1/24"] }, { host = "r0", addresses = ["192.0.2.2/24"] }]

[[links]]
ends = [{ host = "client", addresses = ["198.51.100.1/24"] }, { host = "r1", addresses = ["198.51.100.2/24"] }]

[[links]]
ends = [{ host = "client", addresses = ["203.0.113.1/24"] }, { host = "r2", addresses = ["203.0.113.2/24"] }]
"""
LINKS = ("eth0", "eth1", "eth2")
PEERS = tuple(f"fe80::1%{link}" for link in LINKS)
OWN = tuple(f"fe80::aa%{link}" for link in LINKS)
PORTS = "2000-2003"
OPEN = {(f"fe80::1%{link}", 2000 + number) for number, link in enumerate(LINKS)}
OF_ONE_LINK = """
import socket, sys
server = socket.socket(socket.AF_INET6)
server.bind(("fe80::aa", 2003, 0, socket.if_nametoindex("eth1")))
server.listen()
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def client():
    """A host on three links, each with fe80::1, of which another port is open; on all three it is fe80::aa itself."""
    try:
        with Lab(LabSpec.from_toml(NETWORK)) as lab:
            for number, link in enumerate(LINKS):
                peer = lab[f"r{number}"]
                ways = (
                    f"addr add fe80::1/64 dev eth0 nodad|addr add 2001:db8:{number + 1}::1/64 dev eth0 nodad|"
                    "-6 route add default via fe80::aa dev eth0"
                )
                way = f"2001:db8:{number + 1}::/64 via fe80::1 dev {link}"
                own = f"addr add fe80::aa/64 dev {link} nodad|-6 route add {way}"
                for host, lines in ((peer, ways), (lab["client"], own)):
                    for line in lines.split("|"):
                        host.run(["ip", *line.split()], check=True)
                peer.serve(ServiceSpec("tcp-echo", 2000 + number), ServiceSpec("udp-echo", 2000 + number))
            lab["client"].run(["ip", "addr", "add", "2001:db8:ff::1/128", "dev", "lo"], check=True)
            yield lab["client"]
    except PrivilegeError as error:
        pytest.skip(str(error))


def scan(client, *arguments, code=0):
    command = [sys.executable, "-m", "rawkit", "synscan", *map(str, arguments)]
    done = client.run(command, timeout=60)
    assert done.returncode == code, done.stderr
    return done


def scanned(client, *arguments):
    """What is told of each host and port."""
    done = scan(client, "--format", "json", "-p", PORTS, *arguments)
    found = {}
    for one in map(json.loads, done.stdout.splitlines()):
        assert (one["host"], one["port"]) not in found
        found[one["host"], one["port"]] = one["state"], one["reason"], one["reason_ttl"]
    return found


def opened(found):
    return {pair for pair, told in found.items() if told[0] == "open"}


@pytest.mark.referee
@LIKE_NMAP
@pytest.mark.parametrize("kind", ["-sS", "-sA", "-sU"])
def test_each_is_what_nmap_says_of_it_alone(client, kind):
    found = scanned(client, kind, *PEERS)
    theirs = {}
    for target in PEERS:
        done = client.run(["nmap", "-6", kind, "-n", "-Pn", "-p", PORTS, "-oX", "-", target], check=True, timeout=60)
        for port in ElementTree.fromstring(done.stdout).iter("port"):
            state = port.find("state")
            told = state.get("state"), state.get("reason"), int(state.get("reason_ttl"))
            theirs[target, int(port.get("portid"))] = told
    assert found == theirs
    assert opened(found) == (set() if kind == "-sA" else OPEN)


def test_what_the_kernel_connects_to_is_open(client):
    with client.entered():
        connected = {
            (f"fe80::1%{link}", port) for link in LINKS for port in range(2000, 2004) if connects("fe80::1", port, link)
        }
    assert connected == OPEN == opened(scanned(client, *PEERS))


def connects(address, port, link):
    with socket.socket(socket.AF_INET6) as tried:
        return tried.connect_ex((address, port, 0, socket.if_nametoindex(link))) == 0


def test_each_format_names_the_link(client, tmp_path):
    base = tmp_path / "found"
    done = scan(client, "-v", "-p", PORTS, "-oA", base, "--format", "csv", *PEERS)
    of_csv = {(line.split(",")[0], int(line.split(",")[1])) for line in done.stdout.splitlines() if ",open," in line}
    tree = ElementTree.parse(f"{base}.xml")
    of_xml = {
        (host.find("address").get("addr"), int(port.get("portid")))
        for host in tree.iter("host")
        for port in host.iter("port")
        if port.find("state").get("state") == "open"
    }
    assert of_csv == of_xml == OPEN
    text, grepable = (base.with_name(f"found.{end}").read_text() for end in ("nmap", "gnmap"))
    for number, (host, port) in enumerate(sorted(OPEN)):
        assert f"Scan report for {host}\n" in text
        assert f"Host: {host} ()\tPorts:" in grepable
        assert f"rawkit: discovered open port {port}/tcp on {host}\n" in done.stderr
        assert f"rawkit: {host}: through eth{number}, from fe80::aa\n" in done.stderr


def test_the_links_are_found_by_number_option_and_file_too(client, tmp_path):
    with client.entered():
        number = socket.if_nametoindex("eth1")
    listed = tmp_path / "targets"
    listed.write_text(f"fe80::1%{number} fe80::1%eth1\nfe80::1-2%eth0 fe80::%eth2/127\n")
    assert opened(scanned(client, "-i", "eth1", "fe80::1")) == {("fe80::1%eth1", 2001)}
    assert opened(scanned(client, "-iL", listed)) == OPEN


def test_exclusions_are_of_a_link_or_of_all(client):
    assert opened(scanned(client, *PEERS, "--exclude", "fe80::/126%eth0,fe80::1%eth2")) == {("fe80::1%eth1", 2001)}
    done = scan(client, *PEERS, "--exclude", "fe80::1", code=2)
    assert done.stderr == "rawkit: no address is left to scan: give a target that is not excluded\n"


def test_bad_links_are_skipped(client):
    done = scan(client, "-p", "2000", "-i", "eth0", *PEERS[:2], "fe80::1%none", "fe80::1%999")
    assert set(done.stderr.splitlines()[:3]) == {
        "rawkit: skipped fe80::1%none: no interface 'none': name one that `ip link` lists",
        "rawkit: skipped fe80::1%999: no interface 999: name one that `ip link` lists",
        "rawkit: skipped fe80::1%eth1: is on eth1: leave -i eth0 out, or give -i eth1",
    }


def test_own_addresses(client):
    """All three have the same, and the kernel shows their answers on lo; but one service is of one link alone."""
    with client.popen([sys.executable, "-c", OF_ONE_LINK], stdin=-1, stdout=-1, text=True) as server:
        assert server.stdout.readline() == "ready\n"
        assert opened(scanned(client, *OWN, *PEERS)) == OPEN | {("fe80::aa%eth1", 2003)}
    done = scan(client, "-sU", "-p", "2003", *OWN[:2])
    assert "rawkit: skipped fe80::aa%eth1: its datagrams are not told from those of fe80::aa%eth0" in done.stderr
    assert opened(scanned(client, "-sU", OWN[1])) == set()


def test_a_scan_goes_on(client, tmp_path):
    """What is known of each link is told again."""
    state = ["--resume", tmp_path / "state", "--seed", 7]
    first = scan(client, "-p", PORTS, *state, *PEERS).stdout
    again = scan(client, "-p", PORTS, *state, *PEERS)
    assert again.stdout == first
    assert " 0 probes sent" in again.stderr
    assert first.count("open ") == 3


def test_routers_of_one_address_on_several_links(client):
    """What is behind each goes to its own MAC address."""
    targets = [f"2001:db8:{number + 1}::1" for number in range(3)]
    assert opened(scanned(client, *targets)) == {(one, 2000 + number) for number, one in enumerate(targets)}
