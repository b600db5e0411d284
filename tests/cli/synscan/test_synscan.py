"""`rawkit synscan` and `merge` without a network: what would be sent, and everything that is wrong."""

from __future__ import annotations

import json
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

from rawkit.probe.ports import parse_ports


@pytest.fixture
def hosts_file(tmp_path):
    path = tmp_path / "hosts"
    path.write_text("192.0.2.8/30  # four\n192.0.2.1\n")
    return path


def test_a_dry_run_prints_every_pair_once_in_the_order_of_the_seed(rawkit, hosts_file):
    done = rawkit("synscan", "--dry-run", "-p", "80,443", "--target-file", hosts_file, "--seed", "1")
    pairs = [f"192.0.2.{last} {port}" for last in (1, 8, 9, 10, 11) for port in (80, 443)]
    assert (done.code, sorted(done.lines)) == (0, sorted(pairs))
    again = rawkit("synscan", "--dry-run", "-p", "80,443", "--target-file", hosts_file, "--seed", "1")
    other = rawkit("synscan", "--dry-run", "-p", "80,443", "--target-file", hosts_file, "--seed", "2")
    assert done.lines == again.lines != other.lines


def test_files_by_nmaps_letters(rawkit, hosts_file, tmp_path):
    spared = tmp_path / "spared"
    spared.write_text("192.0.2.8\n")
    done = rawkit("synscan", "--dry-run", "-p", "80", "-iL", hosts_file, "--excludefile", spared)
    assert sorted(done.lines) == sorted(f"192.0.2.{last} 80" for last in (1, 9, 10, 11))


def test_exclusions(rawkit, tmp_path):
    spared = tmp_path / "spared"
    spared.write_text("192.0.2.4-7\n")
    done = rawkit(
        "synscan",
        "--dry-run",
        "-p",
        "80",
        "192.0.2.0/28",
        "--exclude",
        "192.0.2.0/30,192.0.2.9",
        "--exclude-file",
        spared,
    )
    assert sorted(done.lines) == sorted(f"192.0.2.{last} 80" for last in (8, 10, 11, 12, 13, 14, 15))


@pytest.mark.parametrize("parts", [1, 2, 3, 7, 11])
def test_shards_of_odd_sizes_are_disjoint_and_complete(rawkit, parts):
    arguments = ("synscan", "--dry-run", "-p", "1-3", "192.0.2.1-3", "--seed", "9")
    whole = rawkit(*arguments).lines
    shards = [rawkit(*arguments, "--shard", f"{part}/{parts}").lines for part in range(1, parts + 1)]
    assert len(whole) == 9
    assert sorted(line for shard in shards for line in shard) == sorted(whole)


def test_a_count_says_how_much_it_is(rawkit):
    done = rawkit("synscan", "--dry-run", "--count-only", "-p", "80,443", "198.18.0.0/15", "--shard", "1/3")
    assert done.lines == ["131072 addresses, 2 ports each: 87382 probes, each sent again if need be"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["-p", "80"], "no target: name one"),
        (["-p", "80,x y", "192.0.2.1"], "port 2 of '80,x y': 'x y' is no port: give a number, a range or a name"),
        (["-p", "80", "192.0.2.1-0"], "'192.0.2.1-0' is no range: give the lower address first"),
        (["-p", "80", "192.0.2.0/33"], "'192.0.2.0/33' is no network: write it as in 192.0.2.0/24"),
        (["-p", "80", "192.0.2.1", "--exclude", "192.0.2.1"], "no address is left to scan"),
        (["-p", "80", "2001:db8::/64"], "give an IPv6 network of /108 or smaller"),
        (["-p", "80", "192.0.2.1", "--rate", "fast"], "--rate fast: give a number of probes a second, or auto"),
        (["-p", "80", "192.0.2.1", "--shard", "4/3"], "--shard 4/3: give it as in 1/3, the first of three"),
        (["-p", "80", "192.0.2.1", "--shard", "1/9999999999999999999"], "1000000 at most"),
        (["-p", "80", "192.0.2"], "'192.0.2' is no address: write it as in 192.0.2.1"),
        (
            ["-p", "80", "192.0.2.1", "-o", "x", "--resume", "x"],
            "the results and --resume would both write x: give two",
        ),
        (
            ["192.0.2.1", "-oX", "x.found", "--resume", "x"],
            "the results and --resume would both write x.found: give two",
        ),
        (["192.0.2.1", "-oX", "x", "-o", "x"], "2 outputs go to x: give each a file of its own"),
        (["192.0.2.1", "-oA", "x", "-oX", "x.xml"], "2 outputs go to x.xml: give each a file of its own"),
        (["192.0.2.1", "-oX", "-", "--format", "json"], "2 outputs go to standard output: give each a file of its own"),
        (["-p", "80", "192.0.2.1", "-T6"], "-T 6: give one of 0 (paranoid), 1 (sneaky), 2 (polite), 3 (normal), 4"),
        (["-p", "80", "--top-ports", "1", "192.0.2.1"], "-p and --top-ports: give one of them"),
        (["192.0.2.1", "--min-rate", "10", "--max-rate", "5"], "--min-rate 10 is over the 5 a second at most: give a"),
        (["192.0.2.1", "--min-rate", "3", "-T2"], "--min-rate 3 is over the 2.5 a second at most: give a lower one"),
        (
            ["192.0.2.1", "--rate", "9", "--max-rate", "8"],
            "--rate 9 holds one rate: leave --min-rate and --max-rate out",
        ),
        (["-p", "80", "192.0.2.1", "-sV"], "-s is not known here: the kinds of scan are -sS, -sU, -sA, -sF"),
        (["-p", "80", "192.0.2.1", "-sS", "-sU"], "-sS and -sU: one kind of scan at a time: run it once for each"),
        (["-p", "80", "192.0.2.1", "--timeout", "0"], "--timeout 0.0: give a number of seconds over 0"),
        (["-p", "80", "192.0.2.1", "--count-only"], "--count-only counts what --dry-run prints: use both"),
        (
            ["-p", "80", "192.0.2.1", "--exclude-file", "/nowhere"],
            "cannot read /nowhere: No such file or directory",
        ),
    ],
)
def test_what_is_wrong_is_one_line(rawkit, arguments, complaint):
    done = rawkit("synscan", "--dry-run" if "--count-only" not in arguments else "--open", *arguments)
    assert (done.code, done.out) == (2, b"")
    assert complaint in done.err
    assert done.err.count("\n") == 1


@pytest.mark.referee
@pytest.mark.parametrize("options", [["--top-ports", "30"], []])
def test_top_ports_are_nmaps(rawkit, options):
    """What nmap itself scans by its own list: the usual 1,000 where nothing is said."""
    if shutil.which("nmap") is None:
        pytest.skip("needs nmap")
    nmap = ["nmap", "-sT", "-n", "-Pn", *options, "-oX", "-", "127.0.0.1"]
    told = subprocess.run(nmap, capture_output=True, text=True, check=True).stdout
    services = ElementTree.fromstring(told).find("scaninfo").get("services")
    done = rawkit("synscan", "--dry-run", *options, "192.0.2.1")
    assert sorted(int(line.split()[1]) for line in done.lines) == list(parse_ports(services))
    assert len(done.lines) == (30 if options else 1000)


def test_top_ports_without_nmaps_file(rawkit, monkeypatch, tmp_path):
    monkeypatch.setenv("NMAPDIR", str(tmp_path))
    done = rawkit("synscan", "--dry-run", "--top-ports", "30", "192.0.2.1")
    path = tmp_path / "nmap-services"
    assert done.err == f"rawkit: --top-ports: {path}: No such file or directory: install nmap, or give -p\n"
    usual = rawkit("synscan", "--dry-run", "192.0.2.1")
    assert usual.err.startswith(f"rawkit: which ports? nmap's list of the usual ones, {path}, is not there: give -p")
    path.write_text("http 80/tcp 0.5\nhttps 443/tcp 0.4\n")
    assert rawkit("synscan", "--dry-run", "--top-ports", "1", "192.0.2.1").lines == ["192.0.2.1 80"]


def test_what_nmaps_users_type_out_of_habit(rawkit):
    done = rawkit("synscan", "--dry-run", "-sS", "-n", "-v", "-T", "Aggressive", "-T4", "-p80,443", "192.0.2.1")
    assert (done.code, sorted(done.lines)) == (0, ["192.0.2.1 443", "192.0.2.1 80"])


def test_many_public_addresses_take_a_word_more(rawkit):
    """Nothing is sent: the check comes before, and a dry run never sends."""
    arguments = ("synscan", "--dry-run", "--count-only", "-p", "80", "198.20.0.0/14")
    assert "262144 public addresses: give --exclude-file with those to spare" in rawkit(*arguments).err
    assert rawkit(*arguments, "--yes-really").code == 0


def verdict(host, port, state):
    return {"host": host, "port": port, "protocol": "tcp", "state": state, "reason": "x"}


def test_merge_sorts_and_keeps_the_best(rawkit, tmp_path):
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    rows = [verdict("192.0.2.10", 80, "filtered"), verdict("192.0.2.9", 443, "open"), verdict("2001:db8::1", 1, "open")]
    one.write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"host": "192.0.2.1", "po')
    other.write_text(json.dumps(verdict("192.0.2.10", 80, "closed")) + "\n")
    merged = [json.loads(line) for line in rawkit("merge", one, other).lines]
    assert [(row["host"], row["port"], row["state"]) for row in merged] == [
        ("192.0.2.9", 443, "open"),
        ("192.0.2.10", 80, "closed"),
        ("2001:db8::1", 1, "open"),
    ]
    table = tmp_path / "table.csv"
    assert rawkit("merge", one, other, "--format", "csv", "-o", table).code == 0
    assert [json.loads(line) for line in rawkit("merge", table).lines] == merged


@pytest.mark.parametrize("text", ["no json\n", '{"host": "x", "port": 1, "state": "open"}\n', "[1]\n"])
def test_merge_of_something_else(rawkit, tmp_path, text):
    path = tmp_path / "file"
    path.write_text(text)
    done = rawkit("merge", path)
    assert done.code == 2
    assert done.err == f"rawkit: {path} is no output of a scan: give what --format json or csv has written\n"


def test_merge_where_nothing_can_be_read_or_written(rawkit, tmp_path):
    path = tmp_path / "one.json"
    assert "cannot read" in rawkit("merge", path).err
    path.write_text(json.dumps(verdict("192.0.2.1", 80, "open")) + "\n")
    done = rawkit("merge", path, "-o", tmp_path)
    assert (done.code, done.err) == (2, f"rawkit: cannot write {tmp_path}: Is a directory: give another file\n")
