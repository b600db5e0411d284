"""`rawkit ping` on the loopback interface: options, formats, exit codes, limits, errors in one line."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys

import pytest

ECHO = r"64 bytes from 127\.0\.0\.1: icmp_seq=\d+ ttl=64 time=[\d.]+ ms"
HEAVY = ("numpy", "numba", "scapy", "rich", "pyroute2")


@pytest.fixture(autouse=True)
def own_rights(monkeypatch):
    """The command is called in this process, which other tests need with all its rights (see test_ping_rights)."""
    monkeypatch.setattr("rawkit.sockets.privileges.drop", lambda user: None)


@pytest.fixture(scope="module", autouse=True)
def raw_sockets():
    """Skips where this process may not have the sockets."""
    from rawkit.errors import PrivilegeError
    from rawkit.run.ping.options import ProbeOptions
    from rawkit.run.ping.sockets import open_channel

    try:
        open_channel(ProbeOptions(), 4).close()
    except PrivilegeError as error:
        pytest.skip(str(error))


pytestmark = pytest.mark.root


def test_the_output_is_that_of_ping(rawkit):
    done = rawkit("ping", "-c", "3", "-i", "0.01", "127.0.0.1")
    assert (done.code, done.err) == (0, "")
    head, *echoes, blank, title, counts, rtt, more = done.lines
    assert head == "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data."
    assert [bool(re.fullmatch(ECHO, line)) for line in echoes] == [True] * 3
    assert (blank, title) == ("", "--- 127.0.0.1 ping statistics ---")
    assert re.fullmatch(r"3 packets transmitted, 3 received, 0% packet loss, time \d+ms", counts)
    assert re.fullmatch(r"rtt min/avg/max/mdev = [\d.]+/[\d.]+/[\d.]+/[\d.]+ ms", rtt)
    assert re.fullmatch(r"rtt median/p95/p99/jitter = ([\d.]+/){3}[\d.]+ ms, stamped by the kernel", more)


@pytest.mark.referee
def test_iputils_says_the_same(rawkit):
    """Numbers aside, the lines that both print are the same."""
    arguments = ["-c", "2", "-i", "0.01", "-n", "127.0.0.1"]
    theirs = subprocess.run(["ping", *arguments], capture_output=True, text=True, check=True).stdout.splitlines()
    ours = rawkit("ping", *arguments).lines[: len(theirs)]

    def without_times(lines: list[str]) -> list[str]:
        return [re.sub(r"[\d.]+(?=( ?ms|/| ms))", "N", line) for line in lines]

    assert without_times(ours) == without_times(theirs)


def test_names_are_shown_with_their_address(rawkit):
    done = rawkit("ping", "-4", "-c", "1", "localhost")
    assert done.lines[0] == "PING localhost (127.0.0.1) 56(84) bytes of data."
    assert done.lines[1].startswith("64 bytes from localhost (127.0.0.1): icmp_seq=1 ")
    assert rawkit("ping", "-4", "-n", "-c", "1", "localhost").lines[1].startswith("64 bytes from 127.0.0.1: ")


def test_quiet_leaves_the_summary(rawkit):
    assert rawkit("ping", "-q", "-c", "2", "-i", "0.01", "127.0.0.1").lines[1:3] == [
        "",
        "--- 127.0.0.1 ping statistics ---",
    ]


def test_times_and_bells_stand_before_lines(rawkit):
    line = rawkit("ping", "-D", "-a", "-c", "1", "127.0.0.1").lines[1]
    assert re.match(rf"\a\[\d{{10}}\.\d{{6}}\] {ECHO}", line)


def test_json_is_an_object_a_line(rawkit):
    done = rawkit("ping", "-c", "2", "-i", "0.01", "--format", "json", "127.0.0.1")
    *replies, summary = map(json.loads, done.lines)
    for seq, reply in enumerate(replies, 1):
        assert reply["type"] == "reply"
        assert (reply["seq"], reply["target"], reply["address"]) == (seq, "127.0.0.1", "127.0.0.1")
        assert (reply["ttl"], reply["bytes"], reply["clock"]) == (64, 64, "kernel")
        assert 0 < reply["rtt_ns"] < 10**9
    assert summary["type"] == "summary"
    assert (summary["sent"], summary["received"], summary["loss_percent"]) == (2, 2, 0.0)
    assert summary["rtt_min_ns"] == min(reply["rtt_ns"] for reply in replies)


@pytest.mark.parametrize("options", [(), ("-q",)], ids=["results", "summaries"])
def test_csv_has_a_header_and_whole_rows(rawkit, options):
    done = rawkit("ping", "-c", "2", "-i", "0.01", "--format", "csv", *options, "127.0.0.1-3")
    rows = list(csv.DictReader(io.StringIO(done.out.decode())))
    assert {None not in row for row in rows} == {True}
    assert len(rows) == (3 if options else 6)
    assert {row["target"] for row in rows} == {"127.0.0.1", "127.0.0.2", "127.0.0.3"}


def test_alive_and_unreachable(rawkit):
    assert sorted(rawkit("ping", "--alive", "127.0.0.1-3").lines) == ["127.0.0.1", "127.0.0.2", "127.0.0.3"]
    assert rawkit("ping", "--unreachable", "127.0.0.1-3").lines == []
    both = rawkit("ping", "--alive", "--unreachable", "127.0.0.1")
    assert (both.code, both.lines) == (0, ["127.0.0.1 is alive"])


def test_the_table_has_a_column_a_probe(rawkit):
    done = rawkit("ping", "-C", "3", "-i", "0.01", "127.0.0.1", "127.0.0.10")
    assert [bool(re.fullmatch(r"127\.0\.0\.10? +: [\d.]+ [\d.]+ [\d.]+", line)) for line in done.lines] == [True] * 2


def test_targets_come_from_a_file_too(rawkit, tmp_path):
    path = tmp_path / "targets"
    path.write_text("127.0.0.7 # lucky\n\n127.0.0.8\n")
    done = rawkit("ping", "--alive", "--target-file", path, "127.0.0.1", "127.0.0.7")
    assert sorted(done.lines) == ["127.0.0.1", "127.0.0.7", "127.0.0.8"]


def test_many_targets_get_a_line_each(rawkit):
    done = rawkit("ping", "-q", "-c", "2", "-i", "0.01", "127.0.0.1-2")
    assert done.lines[0] == "PING 2 targets"
    for line in done.lines[-2:]:
        assert re.fullmatch(r"127\.0\.0\.\d : xmt/rcv/%loss = 2/2/0%, min/avg/max = [\d.]+/[\d.]+/[\d.]+", line)


def test_a_name_that_is_none_stops_no_other(rawkit):
    done = rawkit("ping", "-c", "1", "127.0.0.1", "no-such-name.invalid")
    assert done.code == 2
    assert re.fullmatch(r"rawkit: no-such-name\.invalid: .+: check its spelling, or give an address\n", done.err)
    assert "1 packets transmitted, 1 received" in done.out.decode()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((), "no target"),
        (("no-such-name.invalid",), "check its spelling"),
        (("-4", "::1"), "no IPv4 address"),
        (("192.0.2.0/40",), "is no network"),
        (("-c", "0", "127.0.0.1"), "-c"),
        (("-i", "never", "127.0.0.1"), "no number of seconds"),
        (("-i", "nan", "127.0.0.1"), "no number of seconds"),
        (("-Q", "256", "127.0.0.1"), "from 0 to 255"),
        (("-p", "xyz", "127.0.0.1"), "hexadecimal"),
        (("-s", "65508", "127.0.0.1"), "-s"),
        (("-I", "nowhere0", "127.0.0.1"), "no interface"),
        (("-I", "192.0.2.99", "127.0.0.1"), "address of this host"),
        (("-C", "3", "--alive", "127.0.0.1"), "-C"),
        (("--retries", "3", "127.0.0.1"), "--retries"),
        (("--backoff", "2", "127.0.0.1"), "--backoff"),
        (("--port", "80", "127.0.0.1"), "--method"),
        (("-s", "8", "--method", "tcp", "127.0.0.1"), "-s is for"),
        (("-p", "ff", "--method", "arp", "127.0.0.1"), "-p is for"),
        (("-I", "127.0.0.1", "::1"), "no IPv6 address"),
        (("--method", "arp", "127.0.0.1"), "-I"),
        (("--method", "arp", "-I", "lo", "127.0.0.1"), "no MAC addresses"),
        (("--target-file", "/nonexistent", "127.0.0.1"), "cannot read"),
        (("fe80::1%nowhere0",), "no interface"),
        (("-g", "127.0.0.0/30"), "name the network"),
        (("-B", "127.0.0.1"), "with -I"),
        (("-U", "127.0.0.1"), "leave it out"),
        (("-m", "-1", "127.0.0.1"), "-m"),
        (("-m", "4294967296", "127.0.0.1"), "from 0 to 4294967295"),
        (("-e", "65536", "127.0.0.1"), "from 0 to 65535"),
        (("-e", "7", "--method", "udp", "127.0.0.1"), "no identifier"),
        (("-m", "7", "--method", "arp", "127.0.0.1"), "-m is for"),
        (("-R", "--method", "udp", "127.0.0.1"), "-R is for"),
        (("-R", "-T", "tsonly", "127.0.0.1"), "do not fit"),
        (("-6", "-T", "tsonly", "::1"), "leave out -6"),
        (("-R", "::1"), "IPv4"),
        (("-T", "tsprespec", "127.0.0.1"), "1 to 4 addresses"),
        (("-T", "tsprespec", "localhost", "127.0.0.1"), "no IPv4 address"),
        (("-T", "tsprespec", *["127.0.0.1"] * 6), "1 to 4 addresses"),
        (("-T", "tsprespec"), "tsprespec takes"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_errors_are_one_line_and_code_2(rawkit, arguments, word):
    done = rawkit("ping", *arguments)
    assert (done.code, done.out) == (2, b"")
    assert done.err.startswith("rawkit: ")
    assert word in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [("-f",), ("-i", "0.001"), ("-l", "4"), ("--rate", "1001"), ("-b", "-i", "0.1")],
    ids=" ".join,
)
def test_what_only_root_may(rawkit, monkeypatch, arguments):
    """The limits of iputils' ping: floods, preloads over 3, short broadcast intervals."""
    arguments = ("ping", "-q", "-c", "1", *arguments, "127.0.0.1")
    assert rawkit(*arguments).code == 0
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    done = rawkit(*arguments)
    assert done.code == 2
    assert "sudo" in done.err


@pytest.mark.parametrize(
    ("name", "encoding", "shown"),
    [
        ("münchen.example", "utf-8", "münchen.example"),
        ("münchen.example", "ascii", r"m\xfcnchen.example"),
        ("b\u202e\x1b[31m.example", "utf-8", r"b\u202e\x1b[31m.example"),
    ],
)
@pytest.mark.usefixtures("root_stays")
def test_names_are_written_as_far_as_a_terminal_only_shows_them(monkeypatch, name, encoding, shown):
    """Letters are, where the stream has them; what a terminal acts on never is."""
    from rawkit.api.ping import PingRequest, PingRun
    from rawkit.cli.main import run

    monkeypatch.setattr("socket.getaddrinfo", lambda *_: [(2, 2, 17, "", ("127.0.0.1", 0))])
    assert PingRun(PingRequest((name,))).targets[0].name == name
    for arguments in (("-c", "1"), ("-c", "1", "127.0.0.2"), ("--alive",), ("-C", "1")):
        out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", out)
        assert run(["ping", *arguments, name]) == 0
        out.flush()
        text = out.buffer.getvalue().decode(encoding)
        assert shown in text
        assert text.replace("\n", "").isprintable()


def test_errors_name_bad_targets_without_what_a_terminal_acts_on(rawkit):
    done = rawkit("ping", "a\x1b[31m\u202e.invalid")
    assert r"a\x1b[31m\u202e.invalid" in done.err


def test_a_flood_shows_what_is_missing(rawkit):
    done = rawkit("ping", "-f", "-c", "50", "127.0.0.1")
    marks = done.out.split(b"\n")[1]
    assert (done.code, marks.count(b"."), marks.count(b"\b \b")) == (0, 50, 50)


def test_ipv6_of_the_loopback(rawkit):
    done = rawkit("ping", "-c", "1", "::1")
    if "Cannot assign" in done.out.decode() or "local error" in done.out.decode():
        pytest.skip("no IPv6 here")
    assert done.lines[0] == "PING ::1 (::1) 56 data bytes"
    assert done.lines[1].startswith("64 bytes from ::1: icmp_seq=1 ttl=64 time=")


@pytest.mark.parametrize("port", [9, 33434])
def test_udp_counts_an_unreachable_port_as_an_answer(rawkit, port):
    done = rawkit("ping", "-c", "1", "--method", "udp", "--port", str(port), "127.0.0.1")
    assert done.code == 0
    assert "(port unreachable)" in done.lines[1]


def test_a_plain_ping_loads_nothing_heavy():
    code = (
        "import sys; sys.argv[1:] = ['ping', '-q', '-c', '1', '127.0.0.1']\n"
        "from rawkit.cli.main import run\n"
        "assert run(sys.argv[1:]) == 0\n"
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {module.split(".")[0] for module in done.stderr.split()}
    assert "rawkit" in loaded
    assert loaded.isdisjoint(HEAVY)


@pytest.mark.parametrize("options", [("-A", "-c", "30"), ("-l", "30", "-c", "30"), ("-f", "-c", "30")], ids=" ".join)
def test_what_does_not_wait_for_the_interval(rawkit, options):
    """At one probe a second it would be half a minute."""
    done = rawkit("ping", "-q", "--format", "json", *options, "127.0.0.1")
    summary = json.loads(done.lines[-1])
    assert (summary["received"], summary["elapsed_ns"] < 5_000_000_000) == (30, True)


def test_a_rate_holds_many_targets_back(rawkit):
    done = rawkit("ping", "-c", "1", "--rate", "100", "--format", "json", "127.0.0.1-21")
    times = [found["time_ns"] for found in map(json.loads, done.lines) if found["type"] == "reply"]
    assert len(times) == 21
    assert max(times) - min(times) >= 150_000_000, "20 pauses of 10 ms, of which 5 may be caught up"


def test_no_time_out_at_all(rawkit):
    """Of ping(8): -W 0 is infinite."""
    assert rawkit("ping", "-q", "-W", "0", "-c", "2", "-i", "0.01", "127.0.0.1").code == 0


def test_a_reader_that_goes_away_is_no_error():
    command = [sys.executable, "-m", "rawkit", "ping", "-i", "0.01", "127.0.0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert (process.stderr.read(), process.wait(timeout=60)) == (b"", 0)


@pytest.mark.parametrize("options", [(), ("--format", "json")], ids=["text", "json"])
def test_a_reply_is_shown_before_the_wait_for_the_next_probe(options):
    command = [sys.executable, "-m", "rawkit", "ping", "-i", "30", *options, "127.0.0.1"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        shown = b""
        while not re.search(rb'time=|"type":"reply"', shown):
            shown += os.read(process.stdout.fileno(), 1000)
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait() == 0
    assert b"1 packets transmitted, 1 received" in rest or b'"sent":1,"received":1' in rest
