"""Comments in pcapng files: those of editcap are shown beside their packets, capinfos reads those of --comment."""

from __future__ import annotations

import json
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


def tshark_comments(path):
    command = ["tshark", "-r", path, "-T", "fields", "-e", "frame.number", "-e", "frame.comment"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return {int(number): text for number, _, text in (line.partition("\t") for line in lines) if text}


@pytest.mark.referee
def test_json_has_a_list_of_them(commented):
    found = [json.loads(line) for line in run(commented, "--format", "json").stdout.splitlines()]
    assert {one["frame.number"]: one["frame.comment"] for one in found if "frame.comment" in one} == {
        number: [text] for number, text in TEXTS.items()
    }
    assert len(found) == len({one["frame.number"] for one in found}) == 20


@pytest.mark.referee
@pytest.mark.parametrize("name", ["out.pcapng", "out.pcapng.gz", "x-%Y.pcapng"])
@pytest.mark.parametrize("rotation", [[], ["-C", "1k"]])
def test_they_are_copied_with_their_packets(commented, tmp_path, name, rotation):
    folder = tmp_path / "copies"
    folder.mkdir()
    run(commented, "-w", folder / name, *rotation)
    found = [text for path in sorted(folder.iterdir(), key=age) for text in tshark_comments(path).values()]
    assert found == list(tshark_comments(commented).values())
    assert len(found) == 3


@pytest.mark.parametrize(("name", "edited"), [("out.pcap", False), ("out.pcapng", False), ("out.pcapng", True)])
def test_those_that_are_not_copied_are_said(commented, tmp_path, name, edited):
    """pcap takes none; pcapng all but that of the file, which editcap leaves out here."""
    source = commented
    if edited:
        source = tmp_path / "packets-alone.pcapng"
        subprocess.run(["editcap", "--discard-capture-comment", commented, source], check=True)
    done = run(source, "-w", tmp_path / name)
    assert done.stderr.count("has not all comments") == (not edited)


def age(path):
    return path.stat().st_mtime_ns


@pytest.mark.referee
@pytest.mark.parametrize(
    ("choice", "expected"),
    [(["-Y", "frame.number > 2 and frame.number < 8"], {1: 3, 5: 7}), (["tcp"], None), (["-c", "5"], {3: 3})],
)
def test_those_of_packets_that_are_left_out_are_not(commented, tmp_path, choice, expected):
    path = tmp_path / "out.pcapng"
    run(commented, "-w", path, *choice)
    texts = tshark_comments(commented)
    if expected is None:
        assert list(tshark_comments(path).values()) == ["the end"]
    else:
        assert tshark_comments(path) == {new: texts[old] for new, old in expected.items()}


@pytest.mark.referee
def test_a_packet_keeps_all_of_its_comments(root, tmp_path):
    from rawkit.files import Interface, PcapngWriter, open_capture

    with (
        open_capture(str(root / "captures/dns.pcap")) as capture,
        PcapngWriter(tmp_path / "a.pcapng", [Interface(1)]) as out,
    ):
        out.write(capture.read(), {0: ["one", "two"], 4: "three"})
    run(tmp_path / "a.pcapng", "-w", tmp_path / "b.pcapng")
    assert tshark_comments(tmp_path / "b.pcapng") == tshark_comments(tmp_path / "a.pcapng") != {}
    with open_capture(str(tmp_path / "b.pcapng")) as copy:
        copy.read()
        assert copy.comments == [(1, "one"), (1, "two"), (5, "three")]
