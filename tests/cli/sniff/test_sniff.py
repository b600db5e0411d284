"""`rawkit sniff -r`: whole packets of cut files, pipes, counts, filters, copies."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys

import pytest

RAWKIT = [sys.executable, "-m", "rawkit"]


@pytest.fixture
def capture(root):
    """A recorded TCP connection of ten frames."""
    return root / "captures" / "tcp-close-by-client.pcap"


def numbers(finished) -> list[int]:
    return [json.loads(line)["frame.number"] for line in finished.lines]


@pytest.mark.parametrize("missing", [1, 15, 16, 17, 200, 700])
def test_a_cut_file_gives_its_whole_packets_and_one_warning(sniff, capture, tmp_path, missing):
    """dpkt says how many are whole: it raises, or stops, at the first that is not."""
    path = tmp_path / "cut.pcap"
    path.write_bytes(capture.read_bytes()[:-missing])
    finished = sniff(path, "--format", "json")
    assert finished.code == 0
    assert numbers(finished) == list(range(1, whole_frames(path.read_bytes()) + 1))
    assert finished.err.count("\n") == 1
    assert str(path) in finished.err


def whole_frames(data: bytes) -> int:
    """Counted by the record headers of the pcap format alone."""
    at, count = 24, 0
    while at + 16 <= len(data) and at + 16 + int.from_bytes(data[at + 8 : at + 12], "little") <= len(data):
        at += 16 + int.from_bytes(data[at + 8 : at + 12], "little")
        count += 1
    return count


def test_an_empty_capture_is_no_error(sniff, capture, tmp_path):
    path = tmp_path / "empty.pcap"
    path.write_bytes(capture.read_bytes()[:24])
    assert sniff(path) == (0, b"", "")


@pytest.mark.parametrize("name", ["tcp-close-by-client.pcap", "format-little-endian.pcapng", "format-gzip.pcap.gz"])
def test_standard_input_reads_like_the_file(sniff, root, name):
    path = root / "captures" / name
    with path.open("rb") as file:
        done = subprocess.run([*RAWKIT, "sniff", "-n", "-r", "-"], stdin=file, capture_output=True, check=True)
    assert done.stdout == sniff(path, "-n").out
    assert all(line.startswith(b"rawkit: comment: ") for line in done.stderr.splitlines())


@pytest.mark.parametrize("most", [1, 9, 10, 11])
def test_count(sniff, capture, most):
    assert numbers(sniff(capture, "-c", str(most), "--format", "json")) == list(range(1, min(most, 10) + 1))


@pytest.mark.referee
@pytest.mark.parametrize("words", ["tcp[tcpflags] & tcp-syn != 0", "src host 198.51.100.20", "greater 70", "udp"])
def test_filter_keeps_what_tcpdump_keeps(sniff, capture, words):
    """And the frames keep their numbers in the file."""
    if shutil.which("tcpdump") is None:
        pytest.skip("needs tcpdump")
    command = ["tcpdump", "-n", "-tt", "-r", capture, "--time-stamp-precision=nano", words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    kept = [line.split()[0] for line in done.stdout.splitlines()]
    finished = sniff(capture, "--format", "json", *words.split())
    assert [json.loads(line)["frame.time_epoch"] for line in finished.lines] == kept
    everything = [json.loads(line) for line in sniff(capture, "--format", "json").lines]
    assert numbers(finished) == [p["frame.number"] for p in everything if p["frame.time_epoch"] in kept]


@pytest.mark.referee
@pytest.mark.parametrize("times", ["-t", "-tt", "-ttt", "-tttt", "-ttttt"])
def test_times_are_those_of_tcpdump(sniff, capture, times):
    if shutil.which("tcpdump") is None:
        pytest.skip("needs tcpdump")
    command = ["tcpdump", "-nn", times, "-r", capture]
    theirs = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert sniff(capture, times, "-n").lines == theirs.splitlines()


@pytest.mark.referee
@pytest.mark.parametrize("times", [(), ("-t",), ("-tt",), ("-tttt",)], ids=["time of day", "-t", "-tt", "-tttt"])
@pytest.mark.parametrize("view", ["handshakes", "flows"])
def test_an_event_has_the_time_of_its_first_packet(sniff, capture, view, times):
    """Where tcpdump's line of it has "IP", ours goes on with the event."""
    if shutil.which("tcpdump") is None:
        pytest.skip("needs tcpdump")
    command = ["tcpdump", "-nn", *times, "-c", "1", "-r", capture]
    theirs = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    moment, ours = theirs.partition("IP ")[0], sniff(capture, *times, "--view", view).lines[0]
    assert ours.startswith(moment)
    assert ours.removeprefix(moment).removeprefix("tcp ").startswith("192.0.2.10:40000 > ")


@pytest.mark.parametrize("view", ["teardowns", "udp"])
def test_times_of_events_may_be_left_out(sniff, root, view):
    path = root / "captures" / {"teardowns": "tcp-close-by-client.pcap", "udp": "dns.pcap"}[view]
    whole, without = sniff(path, "--view", view).lines, sniff(path, "-t", "--view", view).lines
    assert without == [line.partition(" ")[2] for line in whole]
    assert len(without) > 0


def test_count_counts_what_the_filter_lets_through(sniff, capture):
    assert len(sniff(capture, "-c", "2", "src host 198.51.100.20").lines) == 2


@pytest.mark.parametrize("name", ["copy.pcap", "copy.pcapng", "copy.pcap.gz", "copy.pcapng.zst", "copy.pcap.xz"])
@pytest.mark.parametrize("source", ["tcp-close-by-client.pcap", "format-big-endian.pcap", "linktype-sll2.pcap"])
def test_a_copy_reads_like_the_file(sniff, root, tmp_path, source, name):
    path, copy = root / "captures" / source, tmp_path / name
    written = sniff(path, "-w", str(copy))
    assert (written.code, written.out) == (0, b"")
    assert sniff(copy, "--format", "json") == sniff(path, "--format", "json")


def test_a_view_that_is_asked_for_is_shown_beside_the_copy(sniff, capture, tmp_path):
    copy = tmp_path / "copy.pcap"
    assert sniff(capture, "-w", str(copy), "--view", "flows").out == sniff(capture, "--view", "flows").out
    assert sniff(copy, "--view", "flows") == sniff(capture, "--view", "flows")


@pytest.mark.referee
@pytest.mark.parametrize("name", ["copy.pcap", "copy.pcapng"])
def test_tshark_reads_the_copy_like_the_file(sniff, root, tmp_path, name):
    if shutil.which("tshark") is None:
        pytest.skip("needs tshark")
    path, copy = root / "captures" / "dns.pcap", tmp_path / name
    sniff(path, "-w", str(copy), "port 53")
    assert tshark_lines(copy) == tshark_lines(path)


def tshark_lines(path) -> list[str]:
    command = ["tshark", "-n", "-r", path, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "data"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_a_filter_that_keeps_nothing_still_writes_a_capture(sniff, capture, tmp_path):
    copy = tmp_path / "none.pcap"
    assert sniff(capture, "-w", str(copy), "udp").code == 0
    assert sniff(copy) == (0, b"", "")


def test_csv_is_what_the_csv_module_reads(sniff, capture):
    import csv

    text = sniff(capture, "--view", "flows", "--format", "csv").out.decode()
    (flow,) = csv.DictReader(io.StringIO(text))
    assert (flow["id.orig_h"], flow["id.resp_p"], flow["conn_state"]) == ("192.0.2.10", "9000", "SF")


def test_a_zeek_log_is_tab_separated_as_its_header_says(sniff, root):
    lines = sniff(root / "captures" / "syn-scan.pcap", "--view", "flows", "--format", "zeek").lines
    head = {line.split("\t")[0]: line.split("\t")[1:] for line in lines if line.startswith("#")}
    rows = [dict(zip(head["#fields"], line.split("\t"), strict=True)) for line in lines if not line.startswith("#")]
    assert len(head["#types"]) == len(head["#fields"])
    assert [row["conn_state"] for row in rows if row["proto"] == "tcp"] == ["RSTO", "REJ", "S0", "S0"]


def test_what_was_not_decoded_is_counted(sniff, root):
    finished = sniff(root / "captures" / "spanning-tree.pcap")
    assert finished.code == 0
    assert finished.err == "rawkit: 2 frames read, 2 shown; stopped early: 2 llc unknown\n"


def test_verbose_says_how_much_there_was(rawkit, capture):
    finished = rawkit("-v", "sniff", "-r", capture, "--kernels", "interpreted", "src port 9000")
    assert finished.err == "rawkit: 10 frames read, 4 shown\n"
