"""`rawkit summary` and `rawkit sniff --summary` as a user runs them."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import pytest

RAWKIT = [sys.executable, "-m", "rawkit"]
DNS = "captures/dns.pcap"


def run(*words, **options):
    return subprocess.run([*RAWKIT, *map(str, words)], capture_output=True, text=True, timeout=100, **options)


def records(*words):
    done = run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_page_fits(root):
    for width in (80, 160):
        done = run("--color", "always", "summary", DNS, cwd=root, env={"COLUMNS": str(width), "PATH": "/bin"})
        assert done.returncode == 0
        assert len(done.stdout.splitlines()) <= 50
    lines = run("summary", DNS, cwd=root).stdout.splitlines()
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("given", [["-r", DNS], [DNS], ["-"]])
def test_where_captures_come_from(root, given):
    with (root / DNS).open("rb") as file:
        done = run("summary", "--format", "json", *given, cwd=root, stdin=file)
    assert json.loads(done.stdout.splitlines()[0])["frames"] == 20


@pytest.mark.parametrize("choice", [["-Y", "udp"], ["udp"]])
def test_both_filters_count_the_same(root, monkeypatch, choice):
    monkeypatch.chdir(root)
    before, after = (choice, []) if choice[0] == "-Y" else ([], choice)
    found = records("summary", "--format", "json", *before, DNS, *after)
    assert found[0]["frames"] == 8
    assert [row["protocol"] for row in found if row["table"] == "protocols"] == ["ip:udp"]
    assert [row["queries"] for row in found if row["table"] == "dns_names"] == [2, 1, 1]
    assert not [row for row in found if row["table"] == "servers"]


def test_csv_of_fields_is_a_plain_table(root):
    done = run("summary", "--by", "ip.src,tcp.dstport", "--format", "csv", "--top", 2, DNS, cwd=root)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(row["ip.src"], row["tcp.dstport"], row["packets"]) for row in rows] == [
        ("198.51.100.20", "40001", "5"),
        ("192.0.2.10", "53", "7"),
    ]


def test_several_files_are_one_capture(root, monkeypatch):
    monkeypatch.chdir(root)
    found = records("summary", "--format", "json", DNS, "captures/syn-scan.pcap")
    assert found[0]["frames"] == 29


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--by", "ip.scr", DNS], "there is no field 'ip.scr': did you mean ip.src?"),
        (["--by", "tcp.options.sack_le", DNS], "tcp.options.sack_le has several values in a packet"),
        (["nothing.pcap"], "nothing.pcap: cannot read"),
        ([], "no capture file: name one"),
        (["-Y", "ip.scr == 1", DNS], "ip.scr"),
        (["-i", "lo"], "-i is not known here: 'rawkit sniff --summary' sums up"),
    ],
)
def test_errors_are_one_line(root, words, error):
    done = run("summary", *words, cwd=root)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert error in done.stderr


def test_a_page_behind_the_lines_of_a_view(root):
    done = run("sniff", DNS, "--summary", "--view", "handshakes", "-t", cwd=root)
    first, *rest = done.stdout.splitlines()
    assert first.startswith("192.0.2.10:40001 > 198.51.100.20:53: established")
    assert rest == run("summary", DNS, cwd=root).stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--view", "flows", "-Y", 'flow.conn_state == "SF"'], "-Y chooses flows here"),
        (["--view", "flows", "--format", "csv"], "--format csv has one heading"),
        (["-w", "-"], "would both write to standard output"),
    ],
)
def test_what_does_not_go_with_a_summary(root, words, error):
    done = run("sniff", DNS, "--summary", *words, cwd=root)
    assert (done.returncode, done.stdout) == (2, "")
    assert error in done.stderr


def test_recording_beside_it(root, tmp_path):
    path = tmp_path / "copy.pcap"
    done = run("sniff", DNS, "--summary", "-w", path, cwd=root)
    assert done.stdout == run("summary", path, cwd=root).stdout
