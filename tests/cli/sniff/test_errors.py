"""What goes wrong is told in one line on stderr, with exit code 2 and without a traceback."""

from __future__ import annotations

import subprocess
import sys

import pytest

CAPTURE = "captures/tcp-close-by-client.pcap"
NO_CAPTURE = "captures/README.md"

WRONG = {
    "no such file": (("-r", "captures/nothing.pcap"), "captures/nothing.pcap: "),
    "a folder": (("-r", "captures"), "captures"),
    "no capture": (("-r", NO_CAPTURE), NO_CAPTURE),
    "no filter": (("-r", CAPTURE, "tcp prot 80"), "tcp prot 80"),
    "a Zeek log of handshakes": (("-r", CAPTURE, "--view", "handshakes", "--format", "zeek"), "--view flows"),
    "a dump of JSON": (("-r", CAPTURE, "-x", "--format", "json"), "--format text"),
    "times of JSON": (("-r", CAPTURE, "-tt", "--format", "json"), "--format text"),
    "times of a recording": (("-r", CAPTURE, "-w", "copy.pcap", "-t"), "use it with --view"),
    "pauses between events": (("-r", CAPTURE, "-ttt", "--view", "flows"), "use -t, -tt or -tttt"),
    "too many t": (("-r", CAPTURE, "-tttttt"), "'-t'"),
    "an option of tcpdump's": (("-r", CAPTURE, "-nl"), "-l is not known here: lines are written as packets come"),
    "an option of tshark's": (("-r", CAPTURE, "-V"), "-V is not known here: give -v twice"),
    "a display filter of a live recording": (
        ("-i", "lo", "-w", "x.pcap", "-Y", "tcp"),
        "-Y does not choose what a live",
    ),
    "no memory for flows": (("-r", CAPTURE, "--flow-memory", "0"), "--flow-memory"),
    "memory for flows nobody asks for": (
        ("-r", CAPTURE, "-w", "copy.pcap", "--flow-memory", "9"),
        "use it with --view",
    ),
    "no such option": (("-r", CAPTURE, "--nothing"), "--nothing"),
    "no such view": (("-r", CAPTURE, "--view", "nothing"), "packets"),
    "no such format": (("-r", CAPTURE, "--format", "nothing"), "json"),
    "no frames": (("-r", CAPTURE, "-c", "0"), "-c"),
    "no option's value": (("-r",), "-r"),
    "nowhere to write": (("-r", CAPTURE, "-w", "nowhere/out.pcap"), "nowhere/out.pcap"),
}


@pytest.fixture(autouse=True)
def in_the_checkout(monkeypatch, root):
    monkeypatch.chdir(root)


def one_line(finished, hint: str) -> None:
    assert finished.code == 2
    assert finished.out == b""
    assert finished.err.startswith("rawkit: ")
    assert finished.err.count("\n") == 1
    assert finished.err.endswith("\n")
    assert hint in finished.err


@pytest.mark.parametrize(("arguments", "hint"), WRONG.values(), ids=WRONG)
def test_one_line_and_exit_code_2(rawkit, arguments, hint):
    one_line(rawkit("sniff", *arguments), hint)


def test_unknown_command(rawkit):
    one_line(rawkit("snif", "-r", CAPTURE), "snif")


def test_no_arguments_print_the_help(rawkit):
    finished = rawkit()
    assert finished.code == 2
    assert "Usage: rawkit" in finished.out.decode()


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("sniff", "--help")])
def test_help(rawkit, arguments):
    finished = rawkit(*arguments)
    assert finished.code == 0
    assert finished.out.startswith(b"Usage: rawkit")
    assert finished.err == ""


def test_files_of_mixed_links_do_not_fit_into_pcap(rawkit, tmp_path):
    """pcap has one link type a file; the message says what to do."""
    from rawkit.files import Interface, PcapngWriter
    from rawkit.frames import FrameBatch

    path = tmp_path / "two.pcapng"
    with PcapngWriter(str(path), [Interface(link_type=1), Interface(link_type=101)]) as writer:
        writer.write(FrameBatch.from_frames([b"\0" * 14]))
        batch = FrameBatch.from_frames([b"\x45" + b"\0" * 19], link_type=101)
        batch.interface[:] = 1
        writer.write(batch)
    finished = rawkit("sniff", "-r", path, "-w", tmp_path / "out.pcap", "--view", "flows")
    assert finished.code == 2
    assert finished.err.endswith("give it a name that ends in .pcapng\n")


@pytest.mark.parametrize(
    ("closed", "said"),
    [(">&-", b"rawkit: standard output is closed: send it to /dev/null where it is not wanted\n"), ("2>&-", b"")],
)
def test_a_closed_standard_stream_is_an_error_in_one_line(root, closed, said):
    """The number of a closed one would go to the next file that is opened, which would then be written to."""
    command = f'"{sys.executable}" -m rawkit sniff -r captures/dns.pcap {closed}'
    done = subprocess.run(command, shell=True, cwd=root, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", said)


@pytest.mark.parametrize("size", ["0", "10x", "k", "1kk", "-1", "1.5", "٣"])
def test_a_size_of_files_that_cannot_be(rawkit, size):
    one_line(rawkit("sniff", "-r", CAPTURE, "-w", "x.pcap", "-C", size), "-C")
