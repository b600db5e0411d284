"""`rawkit synscan` as a program, in the lab: its formats, shards, resuming after SIGKILL, rates, lost hosts."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from rawkit.errors import PrivilegeError
from rawkit.lab import Lab, ServiceSpec

pytestmark = pytest.mark.netns
DTD = Path("/usr/share/nmap/nmap.dtd")
OPEN = tuple(range(2000, 2010))


def started(spec):
    try:
        return Lab.from_spec(spec)
    except PrivilegeError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def pair():
    with started("pair") as lab:
        lab["server"].serve(*(ServiceSpec("tcp-echo", port) for port in OPEN))
        yield lab


@pytest.fixture(scope="module")
def routed():
    with started("firewalled") as lab:
        yield lab


def command(*arguments):
    return [sys.executable, "-m", "rawkit", "synscan", *map(str, arguments)]


def scan(host, *arguments):
    return host.run(command(*arguments), timeout=60, check=True)


def verdicts(text):
    return {(one["host"], one["port"]): one["state"] for one in map(json.loads, text.splitlines())}


@pytest.mark.slow
def test_all_ports_of_a_host(pair):
    target = str(pair["server"].ipv4)
    found = verdicts(scan(pair["client"], "-p", "1-", "--format", "json", target).stdout)
    assert found == {(target, port): "open" if port in OPEN else "closed" for port in range(1, 65536)}


def test_json_and_csv_say_the_same(pair):
    target, ports = str(pair["server"].ipv4), "1999-2003"
    objects = [
        json.loads(line) for line in scan(pair["client"], "-p", ports, "--format", "json", target).stdout.splitlines()
    ]
    table = list(csv.DictReader(io.StringIO(scan(pair["client"], "-p", ports, "--format", "csv", target).stdout)))
    assert len(objects) == len(table) == 5
    told = ("host", "port", "protocol", "state", "reason", "reason_ttl")
    assert sorted([str(one[name]) for name in told] for one in objects) == sorted(
        [one[n] for n in told] for one in table
    )
    now = time.time()
    assert all(0 < one["rtt_ns"] < 5e9 and abs(float(one["timestamp"]) - now) < 120 for one in objects)


@pytest.mark.referee
@pytest.mark.skipif(shutil.which("xmllint") is None or not DTD.exists(), reason="needs xmllint and nmap's DTD")
def test_xml_is_valid_by_nmaps_dtd(pair, tmp_path):
    target, path = str(pair["server"].ipv4), tmp_path / "scan.xml"
    scan(pair["client"], "-p", "1-2003,22", "-oX", path, target)
    done = subprocess.run(["xmllint", "--noout", "--dtdvalid", DTD, path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_xml_says_what_nmap_says(pair, tmp_path):
    target = str(pair["server"].ipv4)

    def ports(text):
        root = ElementTree.fromstring(text)
        listed = [(p.get("portid"), p.find("state").get("state")) for p in root.iter("port")]
        extra = [(e.get("state"), e.get("count")) for e in root.iter("extraports")]
        counted = root.find("runstats/finished").get("summary").rpartition("; ")[2].partition(" in ")[0]
        return listed, extra, root.find("scaninfo").attrib, root.find("runstats/hosts").attrib, counted

    ours = ports(scan(pair["client"], "-p", "1-2003", "--format", "xml", target).stdout)
    if shutil.which("nmap") is None:
        pytest.skip("needs nmap")
    theirs = pair["client"].run(["nmap", "-sS", "-n", "-Pn", "-p", "1-2003", "-oX", "-", target], check=True).stdout
    assert ours == ports(theirs)


def test_grepable(pair):
    target = str(pair["server"].ipv4)
    lines = scan(pair["client"], "-p", "1970-2020", "-oG", "-", target).stdout.splitlines()
    assert lines[1] == f"Host: {target} ()\tStatus: Up"
    assert lines[2].startswith(f"Host: {target} ()\tPorts: 2000/open/tcp//cisco-sccp///, 2001/open/tcp//")
    assert lines[2].endswith("\tIgnored State: closed (41)")
    assert " -- 1 IP address (1 host up) scanned in " in lines[3]
    assert len(lines) == 4


def test_shards_together_are_the_whole(pair):
    target = str(pair["server"].ipv4)
    shards = [
        verdicts(
            scan(pair["client"], "-p", "1990-2020", "--seed", 4, "--shard", f"{n}/3", "--format", "json", target).stdout
        )
        for n in (1, 2, 3)
    ]
    assert [len(shard) for shard in shards] == [11, 10, 10]
    whole = {key: state for shard in shards for key, state in shard.items()}
    assert whole == {(target, port): "open" if port in OPEN else "closed" for port in range(1990, 2021)}


def test_a_scan_goes_on_after_sigkill(pair, tmp_path):
    target, out, state = str(pair["server"].ipv4), tmp_path / "out.json", tmp_path / "state"
    arguments = ("-p", "1-4000", "--rate", 4000, "--format", "json", "-o", out, "--resume", state, target)
    first = pair["client"].popen(command(*arguments))
    while not out.exists() or out.stat().st_size < 50_000:
        assert first.poll() is None, "it ended before it could be killed"
    first.send_signal(signal.SIGKILL)
    first.wait()
    before = len(out.read_text().splitlines())
    second = scan(pair["client"], *arguments)
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert 0 < before < 4000
    assert verdicts(out.read_text()) == {(target, n): "open" if n in OPEN else "closed" for n in range(1, 4001)}
    sent = int(second.stderr.split(" probes sent")[0].rsplit(" ", 1)[1])
    assert 4000 - before - 1024 <= sent <= 4000 - before + 1024
    assert len(found) - 4000 <= 1024
    again = scan(pair["client"], *arguments)
    assert " 0 probes sent" in again.stderr


def test_the_file_of_another_scan_is_refused(pair, tmp_path):
    target, state = str(pair["server"].ipv4), tmp_path / "state"
    scan(pair["client"], "-p", "80", "--resume", state, target)
    done = pair["client"].run(command("-p", "81", "--resume", state, target))
    assert (done.returncode, done.stdout) == (2, "")
    assert "is of another scan: give the same targets, ports and options, or another file" in done.stderr


def test_ctrl_c_ends_with_what_was_found(pair):
    target = str(pair["server"].ipv4)
    running = pair["client"].popen(
        command("-p", "1990-2020", "--rate", 10, "--format", "json", target), stdout=-1, stderr=-1, text=True
    )
    first = running.stdout.readline()
    running.send_signal(signal.SIGINT)
    rest, summary = running.communicate(timeout=20)
    assert running.returncode == 130
    assert json.loads(first)["host"] == target
    assert f" {len(verdicts(first + rest))} " not in ("", summary)
    assert re.search(r" [1-9]\d* probes? sent in ", summary)


@pytest.mark.alone
def test_a_fixed_rate_is_held(pair):
    began = time.monotonic()
    done = scan(pair["client"], "-p", "1-6000", "--rate", 2000, "--format", "json", str(pair["server"].ipv4))
    assert time.monotonic() - began > 3.0
    times = sorted(float(json.loads(line)["timestamp"]) for line in done.stdout.splitlines())
    assert 6000 / (times[-1] - times[0]) == pytest.approx(2000, rel=0.02)


def test_hosts_behind_a_router_are_found_first(routed):
    done = scan(routed["client"], "-p", "80,81", "--format", "json", "198.51.100.18-22")
    assert verdicts(done.stdout) == {("198.51.100.20", 80): "open", ("198.51.100.20", 81): "closed"}
    assert done.stderr.startswith("1 host up, 4 down: ")
    every = scan(routed["client"], "-p", "80", "-Pn", "--format", "json", "198.51.100.19-20").stdout
    assert verdicts(every)[("198.51.100.20", 80)] == "open"
    assert verdicts(every)[("198.51.100.19", 80)] == "filtered"


def test_a_host_that_is_not_on_the_link(pair):
    done = pair["client"].run(command("-p", "80", "192.0.2.99"), timeout=30)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "rawkit: no host is up: see that they are on, or use -Pn for those that answer no ping\n"


def test_a_port_of_ours_that_is_taken(pair):
    client = pair["client"]
    client.serve(ServiceSpec("tcp-echo", 4444))
    done = client.run(command("-p", "80", "--source-port", 4444, str(pair["server"].ipv4)))
    assert done.returncode == 2
    assert done.stderr.startswith("rawkit: source port 4444: Address already in use: leave --source-port out")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ["--resume", "/nowhere/state"],
            "cannot write /nowhere/state: No such file or directory: give --resume another",
        ),
        (["-o", "/nowhere/out"], "cannot write /nowhere/out: No such file or directory: give another file"),
        (["-o", "/dev/full"], "cannot write the results: No space left on device: make room, or give another file"),
        (["--source-ip", "2001:db8::1"], "2001:db8::1 sends to no target: give a source address of the targets' IP"),
        (["-Z", "no-such-user"], "no user 'no-such-user': name one of this system"),
        (["-i", "moon"], "no interface 'moon': name one that `ip link` lists"),
    ],
)
def test_what_is_wrong_in_the_network_or_on_the_disk_is_one_line(pair, arguments, complaint):
    done = pair["client"].run(command("-p", "80", *arguments, pair["server"].ipv4), timeout=30)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1


def tx_packets(host):
    with host.entered():
        lines = Path("/proc/self/net/dev").read_text().splitlines()
    return next(int(line.split()[10]) for line in lines if line.strip().startswith("eth0:"))


@pytest.mark.parametrize("targets", ["192.0.2.32/27", "203.0.113.0/28"])
def test_the_rate_holds_while_hosts_are_looked_for(pair, targets):
    """On the link by ARP, elsewhere by an echo, a SYN and an ACK; all of it is counted."""
    host = pair["client"]
    host.run(["ip", "route", "replace", "203.0.113.0/24", "via", "192.0.2.20"], check=True)
    host.run(["ping", "-c", "1", "192.0.2.20"], check=True)
    before, begin = tx_packets(host), time.monotonic()
    done = host.run(
        command("--rate", 100, "-p", 80, "--timeout", 0.1, "--retries", 0, "192.0.2.20", targets), timeout=60
    )
    sent, seconds = tx_packets(host) - before, time.monotonic() - begin
    probes, asked = map(
        int, re.search(r"(\d+) probes? sent in .* after (\d+) frames? to find hosts", done.stderr).groups()
    )
    assert asked > 80
    assert probes + asked <= sent <= probes + asked + 6  # the kernel's own: its RST, its neighbour discovery
    assert sent <= 100 * seconds + 2
