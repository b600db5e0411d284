"""Comments in pcapng files: those of editcap are shown beside their packets, capinfos reads those of --comment."""

from __future__ import annotations

import subprocess
import sys

import pytest

RAWKIT = [sys.executable, "-m", "rawkit"]
TEXTS = {3: "the first question", 7: "a\x1b[31m \tterminal's words", 20: "the end"}


def run(*words):
    return subprocess.run([*RAWKIT, "sniff", *map(str, words)], capture_output=True, text=True, timeout=100, check=True)


@pytest.fixture
def commented(root, tmp_path, tshark_answer):
    words = [word for number, text in TEXTS.items() for word in ("-a", f"{number}:{text}")]
    path = tmp_path / "commented.pcapng"
    subprocess.run(
        ["editcap", *words, "--capture-comment", "of the file", root / "captures/dns.pcap", path], check=True
    )
    return path


@pytest.mark.referee
@pytest.mark.parametrize("options", [[], ["-x"], ["-e", "-tt"]])
def test_they_stand_at_the_end_of_their_packets_lines(root, commented, options):
    done, plain = run(commented, "-n", *options), run(root / "captures/dns.pcap", "-n", *options)
    expected = {3: "the first question", 7: "a\\x1b[31m \\tterminal's words", 20: "the end"}
    lines, number = [], 0
    for line in plain.stdout.splitlines():
        number += not line.startswith("\t")
        lines.append(line + f"; comment: {expected.pop(number)}" if number in expected else line)
    assert done.stdout.splitlines() == lines
    assert done.stderr == "rawkit: comment: of the file\n"


@pytest.mark.referee
@pytest.mark.parametrize("choice", [["-Y", "tcp"], ["tcp"], ["-Y", "frame.number == 3 or frame.number == 4"]])
def test_those_of_the_packets_that_are_shown(commented, choice):
    lines = run(commented, "-n", *choice).stdout.splitlines()
    assert [line.partition("; comment: ")[2] for line in lines if "; comment:" in line] == (
        ["the end"] if "tcp" in choice else ["the first question"]
    )


@pytest.mark.referee
def test_among_several_files_they_stay_with_their_packets(root, commented):
    lines = run(root / "captures/tcp-connect-refused.pcap", commented, "-n").stdout.splitlines()
    assert [place for place, line in enumerate(lines, 1) if "; comment:" in line] == [5, 9, 22]


@pytest.mark.referee
@pytest.mark.parametrize("name", ["out.pcapng", "out.pcapng.gz", "x-%Y.pcapng"])
def test_one_is_written(root, tmp_path, name):
    run(root / "captures/dns.pcap", "-w", tmp_path / name, "--comment", "Grüße & more")
    (path,) = tmp_path.iterdir()
    told = subprocess.run(["capinfos", path], capture_output=True, text=True, check=True).stdout
    assert [line.split(":", 1)[1].strip() for line in told.splitlines() if "comment" in line] == ["Grüße & more"]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (
            ["-w", "x.pcap", "--comment", "a"],
            "x.pcap: pcap has no room for a comment: give the file a name that ends in",
        ),
        (["--comment", "a"], "--comment is written into a file: it needs -w"),
        (["-w", "x.pcap", "-z", "gzip"], "-z hands each finished file to a command, as tcpdump's: it needs -C or -G"),
        (
            ["-w", "x.pcap", "-C", "1", "-z", "none there"],
            "none: there is no such command: give one that is on the PATH",
        ),
        (["-w", "x.pcap", "-C", "1", "-z", "gzip '"], "-z gzip ': no closing quotation: close the quotation"),
        (["-w", "-", "-C", "1"], "- is standard output, one stream: size and seconds need the name of a file"),
    ],
)
def test_errors(root, tmp_path, words, error):
    command = [*RAWKIT, "sniff", root / "captures/dns.pcap", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(f"rawkit: {error}")
    assert list(tmp_path.iterdir()) == []
