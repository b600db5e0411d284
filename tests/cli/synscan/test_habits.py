"""What nmap's users are used to, beside nmap: text host by host, files of -oA, names, timing, what -v tells."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path

import pytest

from rawkit.lab import ServiceSpec

pytestmark = [
    pytest.mark.netns,
    pytest.mark.referee,
    pytest.mark.skipif(shutil.which("nmap") is None, reason="needs nmap"),
]
DTD = Path("/usr/share/nmap/nmap.dtd")
HOSTS = [f"192.0.2.{last}" for last in (20, 21, 100)]
OPEN = (2000, 2001, 2010)
FILTERED = {"drop": 23, "reject": 110}


@pytest.fixture(scope="module")
def pair(lab_up):
    """The server has three addresses, of which `server` and `many` are names; it drops one port and rejects another."""
    with lab_up("pair") as lab:
        server = lab["server"]
        server.run(["sysctl", "-qw", "net.ipv4.icmp_ratelimit=0"], check=True)  # else one of two scans gets no error
        for host in HOSTS[1:]:
            server.run(["ip", "addr", "add", f"{host}/24", "dev", "eth0"], check=True)
        rules = " ".join(f"tcp dport {port} {what};" for what, port in FILTERED.items())
        chain = f"type filter hook input priority 0; {rules}"
        server.run(["nft", "-f", "-"], input=f"table inet quiet {{\n chain in {{\n {chain}\n }}\n}}\n", check=True)
        server.serve(*(ServiceSpec("tcp-echo", port) for port in OPEN))
        lines = [f"{host} many" for host in HOSTS] + ["192.0.2.20 alias", "192.0.2.99 nobody"]
        lab["client"].run(["sh", "-c", "cat >> /etc/hosts"], input="\n".join(lines) + "\n", check=True)
        yield lab


def synscan(host, *arguments):
    return host.run([sys.executable, "-m", "rawkit", "synscan", *map(str, arguments)], timeout=60, check=True)


def nmap(host, *arguments):
    return host.run(["nmap", "-sS", "-n", *map(str, arguments)], timeout=60, check=True).stdout


def blocks(text):
    """What a report says of each host, in its order: the name, what is not shown, and the lines of the table."""
    found = []
    for block in re.split(r"^(?:Nmap s|S)can report for ", text, flags=re.MULTILINE)[1:]:
        host, *lines = block.splitlines()
        hidden = [line for line in lines if line.startswith(("Not shown: ", "All "))]
        table = [line for line in lines if re.match(r"PORT|\d+/", line)]
        found.append((host, hidden, table))
    return found


def by_address(report):
    return int(report[0].rstrip(")").rpartition(".")[2])


@pytest.mark.parametrize(
    "options",
    [
        ["-p", "22-24,110,2000-2001"],
        ["-p", "1-200,2000-2010"],
        ["-p", "1-200,2000-2010", "--reason"],
        ["-p", "1-20,2000-2001", "--open"],
        ["-p", "300-400"],
        ["-p", "300-400,500", "--open"],
    ],
    ids=" ".join,
)
def test_text_is_nmaps_host_by_host_in_the_order_of_addresses(pair, options):
    """nmap may tell the last hosts of its group in another order; tables and counts are the same to the letter."""
    ours = blocks(synscan(pair["client"], *options, "192.0.2.100", "192.0.2.20-21").stdout)
    theirs = blocks(nmap(pair["client"], *options, "192.0.2.100", "192.0.2.20-21"))
    # services(5) and nmap's own list call some ports differently: both are compared by the ports' numbers and states.
    assert [(host, hidden, [cells(line) for line in table]) for host, hidden, table in ours] == [
        (host, hidden, [cells(line) for line in table]) for host, hidden, table in sorted(theirs, key=by_address)
    ]


def cells(line):
    port, state, _, *reason = line.split()
    return port, state, reason


def test_columns_are_as_wide_as_what_is_in_them(pair):
    table = blocks(synscan(pair["client"], "-p", "23,2000,2009", "--reason", "192.0.2.20").stdout)[0][2]
    assert table == [
        "PORT     STATE    SERVICE    REASON",
        "23/tcp   filtered telnet     no-response",
        "2000/tcp open     cisco-sccp syn-ack ttl 64",
        "2009/tcp closed   unknown    reset ttl 64",
    ]


def test_ctrl_c_tells_what_was_found_and_that_it_is_not_all(pair, tmp_path):
    path = tmp_path / "found"
    running = pair["client"].popen(
        [sys.executable, "-m", "rawkit", "synscan", "-v", "-p", "1990-2020", "--rate", "8", "-oN", path, "192.0.2.20"],
        stdout=-1,
        stderr=-1,
        text=True,
    )
    told = ""
    while "discovered open port" not in (line := running.stderr.readline()):
        assert line, told
        told += line
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=20)
    assert running.returncode == 130
    report = r"^Scan report for 192.0.2.20, not finished: (\d+) of 31 ports (?:is|are) known$"
    known = re.search(report, out, re.MULTILINE)
    assert 0 < int(known[1]) < 31
    assert re.search(r"^20\d\d/tcp +open ", out, re.MULTILINE)
    text = path.read_text().splitlines()
    assert "\n".join(text[1:-1]) + "\n" == out
    assert text[-1].startswith("# rawkit was ended at ")


def test_all_three_files_say_what_nmaps_say(pair, tmp_path):
    options = ["-p", "20-60,110,2000-2001", "many", "192.0.2.10"]
    out = synscan(pair["client"], *options, "--resolve-all", "-oA", tmp_path / "ours").stdout
    nmap(pair["client"], *options, "--resolve-all", "-oA", tmp_path / "theirs")
    text, grepable = (tmp_path / "ours.nmap").read_text(), (tmp_path / "ours.gnmap").read_text()
    assert text.splitlines()[1:-1] == out.splitlines()
    assert re.match(r"# rawkit \S+ scan initiated as: rawkit synscan -p 20-60", text)
    assert re.search(r"\n# rawkit done at .* -- 4 IP addresses \(4 hosts up\) scanned in [\d.]+ seconds\n$", text)
    ours, theirs = (
        {host.find("address").get("addr"): told(host) for host in ElementTree.parse(tmp_path / name).iter("host")}
        for name in ("ours.xml", "theirs.xml")
    )
    assert ours == theirs
    assert sorted(ours) == sorted(["192.0.2.10", *HOSTS])
    # Services are called as in services(5) or nmap's list; in brackets nmap has the reverse name, with -n none.
    names = r"(?<=/tcp//)[^/]*|(?<=\()many(?=\))"
    theirs = re.sub(names, "", (tmp_path / "theirs.gnmap").read_text())
    assert sorted(re.sub(names, "", grepable).splitlines()[1:-1]) == sorted(theirs.splitlines()[1:-1])


def told(host):
    names = [(one.get("name"), one.get("type")) for one in host.iter("hostname")]
    ports = [(one.get("portid"), one.find("state").get("state")) for one in host.iter("port")]
    extra = [(one.get("state"), one.get("count")) for one in host.iter("extraports")]
    return names, ports, extra


@pytest.mark.skipif(shutil.which("xmllint") is None or not DTD.exists(), reason="needs xmllint and nmap's DTD")
def test_xml_with_names_is_valid_by_nmaps_dtd(pair, tmp_path):
    path = tmp_path / "scan.xml"
    synscan(pair["client"], "-p", "22,2000", "-oX", path, "server", "192.0.2.21")
    done = subprocess.run(["xmllint", "--noout", "--dtdvalid", DTD, path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_given_name_stands_in_every_format_also_with_n(pair):
    client, options = pair["client"], ("-n", "-p", "2000", "alias", "192.0.2.21")

    def shown(form):
        return synscan(client, "--format", form, *options).stdout

    objects = {one["host"]: one.get("name") for one in map(json.loads, shown("json").splitlines())}
    records = {one["host"]: one["name"] for one in csv.DictReader(io.StringIO(shown("csv")))}
    grepable = {line.split("\t")[0] for line in shown("grepable").splitlines() if line.startswith("Host")}
    hosts = sorted(told(host)[0] for host in ElementTree.fromstring(shown("xml")).iter("host"))
    assert objects == {"192.0.2.20": "alias", "192.0.2.21": None}
    assert records == {"192.0.2.20": "alias", "192.0.2.21": ""}
    assert grepable == {"Host: 192.0.2.20 (alias)", "Host: 192.0.2.21 ()"}
    assert hosts == [[], [("alias", "user")]]
    assert [one[0] for one in blocks(shown("text"))] == [one[0] for one in blocks(nmap(client, *options[1:]))]


def test_of_a_name_the_first_address_is_scanned_and_the_others_are_said(pair):
    client, options = pair["client"], ("-p", "2000", "many")
    ours, theirs = synscan(client, *options).stdout, nmap(client, *options)
    assert len(blocks(ours)) == 1
    line = re.compile(r"^Other addresses for many \(not scanned\): (.*)$", re.MULTILINE)
    assert set(line.search(ours)[1].split()) == set(line.search(theirs)[1].split())
    done = synscan(client, "--format", "json", *options)
    assert "many: 192.0.2.20 is scanned, not 192.0.2.21, 192.0.2.100: see --resolve-all\n" in done.stderr
    every = synscan(client, "--resolve-all", *options)
    assert [one[0] for one in blocks(every.stdout)] == [f"many ({host})" for host in HOSTS]
    assert "not scanned" not in every.stdout


def test_addresses_that_are_excluded_by_a_name_are_all_of_them(pair):
    options = ("-p", "2000", "--exclude", "many", "192.0.2.10", *HOSTS)
    ours, theirs = synscan(pair["client"], *options).stdout, nmap(pair["client"], *options)
    assert [one[0] for one in blocks(ours)] == [one[0] for one in blocks(theirs)] == ["192.0.2.10"]


def test_an_address_of_two_names_is_scanned_once_and_that_is_said(pair):
    done = synscan(pair["client"], "-p", "2000", "alias", "many")
    assert [one[0] for one in blocks(done.stdout)] == ["alias (192.0.2.20)"]
    assert "rawkit: many is 192.0.2.20, which is scanned as alias\n" in done.stderr


def test_v_tells_ways_hosts_that_are_down_and_open_ports_as_they_are_found(pair):
    done = synscan(pair["client"], "-v", "-p", "1999-2001", "--format", "json", "192.0.2.20-21", "nobody")
    lines = done.stderr.splitlines()[:-1]
    assert re.fullmatch(r"rawkit: scanning 2 hosts, 3 ports each; --seed \d+ gives the same order", lines[0])
    assert lines[1:3] == [
        "rawkit: 192.0.2.99: down, nobody answered",
        "rawkit: 192.0.2.20-192.0.2.21: through eth0, from 192.0.2.10",
    ]
    theirs = nmap(pair["client"], "-v", "-p", "1999-2001", "192.0.2.20-21")
    found = sorted(line.removeprefix("rawkit: d") for line in lines[3:])
    assert found == sorted(line.removeprefix("D") for line in theirs.splitlines() if line.startswith("Discovered"))
    assert len(found) == 4


def test_vv_says_why_too(pair):
    table = blocks(synscan(pair["client"], "-vv", "-p", "2000", "192.0.2.20").stdout)[0][2]
    assert table == blocks(nmap(pair["client"], "-vv", "-p", "2000", "192.0.2.20"))[0][2]
    assert table[0].endswith("REASON")


def times(host, *arguments):
    """When each probe was answered, in seconds; the server answers at once."""
    found = map(json.loads, synscan(host, "--format", "json", *arguments).stdout.splitlines())
    return sorted(float(one["timestamp"]) for one in found)


@pytest.mark.alone
@pytest.mark.parametrize(("options", "gap"), [(["-T2"], 0.4), (["--max-rate", "5"], 0.2)])
def test_gaps_are_nmaps(pair, options, gap):
    answered = times(pair["client"], "-p", "1991-1996", *options, "192.0.2.20")
    gaps = [after - before for before, after in pairwise(answered)]
    assert all(gap - 0.1 < one < gap + 0.3 for one in gaps), gaps


@pytest.mark.alone
def test_a_silent_port_is_waited_for_as_long_as_the_template_says(pair):
    """The first time-out of each is nmap's: 1 s, 500 ms and 250 ms (nmap(1), timing templates)."""
    server = pair["server"]
    for template, first in (("3", 1.0), ("4", 0.5), ("5", 0.25)):
        capture = server.popen(
            ["tcpdump", "-nn", "-tt", "-l", "-c", "2", "-i", "eth0", "tcp dst port 23"], stdout=-1, stderr=-1, text=True
        )
        while "listening on" not in capture.stderr.readline():
            pass
        synscan(pair["client"], f"-T{template}", "-p", "23", "192.0.2.20")
        sent = [float(line.split()[0]) for line in capture.communicate(timeout=60)[0].splitlines()]
        assert first <= sent[1] - sent[0] < first + 0.2


def test_text_of_a_scan_that_was_done_in_parts_is_whole(pair, tmp_path):
    """Verdicts of the first part are kept beside the state, as for XML: each host is told once, with all its ports."""
    arguments = ["-p", "1990-2020", "--resume", tmp_path / "state", "192.0.2.20-21"]
    command = [sys.executable, "-m", "rawkit", "synscan", "-v", "--rate", "20", *map(str, arguments)]
    first = pair["client"].popen(command, stdout=-1, stderr=-1, text=True)
    while "discovered" not in (line := first.stderr.readline()):
        assert line
    first.send_signal(signal.SIGKILL)
    assert "Scan report" not in first.communicate(timeout=60)[0]
    again = synscan(pair["client"], *arguments)
    assert int(re.search(r"(\d+) probes? sent", again.stderr)[1]) < 62
    at_once = synscan(pair["client"], "-p", "1990-2020", "192.0.2.20-21")
    assert hosts_and_ports(again.stdout) == hosts_and_ports(at_once.stdout)


def hosts_and_ports(text):
    return [(host, hidden, [cells(line) for line in table]) for host, hidden, table in blocks(text)]


def test_that_text_of_many_hosts_is_in_no_order_is_said_once(pair):
    """4,096 are still in order; of JSON nobody expects one."""
    said = (
        "rawkit: more than 4,096 hosts: each is told when its last port is known, if one is open, and not in the order"
    )
    for target, form, expected in (
        ("127.0.0.0/20", "text", 0),
        ("127.0.0.0/19", "text", 1),
        ("127.0.0.0/19", "json", 0),
    ):
        done = synscan(pair["client"], target, "-p", "9", "-Pn", "--rate", "20000", "--format", form)
        assert done.stderr.count(said) == expected
