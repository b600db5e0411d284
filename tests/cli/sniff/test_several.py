"""Several captures in one call, with -r and without; which words are files; an input is never written over."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from rawkit.cli.sniff.words import FILTER_WORDS, files_and_filter

RAWKIT = [sys.executable, "-m", "rawkit"]
NAMES = ("tcp-close-by-client.pcap", "dns.pcap", "tcp-connect-refused.pcap")


@pytest.fixture
def run(rawkit, monkeypatch):
    """`rawkit sniff`, in this process, or where it has a standard input in one of its own."""

    def call(*words, cwd=None, stdin=None):
        command = ["sniff", *map(str, words)]
        if stdin is not None:
            options = {"cwd": cwd, "stdin": stdin, "capture_output": True, "text": True, "timeout": 100}
            return subprocess.run([*RAWKIT, *command], **options)
        if cwd is not None:
            monkeypatch.chdir(cwd)
        done = rawkit(*command)
        return subprocess.CompletedProcess(command, done.code, done.out.decode(), done.err)

    return call


@pytest.fixture
def paths(root):
    return [root / "captures" / name for name in NAMES]


@pytest.fixture
def merged(paths, tmp_path):
    """mergecap's file of the same."""
    subprocess.run(["mergecap", "-w", tmp_path / "merged.pcapng", *paths], check=True)
    return tmp_path / "merged.pcapng"


@pytest.mark.referee
@pytest.mark.parametrize("view", ["packets", "handshakes", "teardowns", "udp", "flows"])
def test_every_view_says_what_it_says_of_mergecaps_file(run, paths, merged, view):
    several = run(*paths, "--view", view, "--format", "json")
    assert several.stdout == run("-r", merged, "--view", view, "--format", "json").stdout
    assert several.stdout
    assert several.stderr == ""


@pytest.mark.referee
@pytest.mark.parametrize("rest", [["udp", "port", "53"], ["-Y", "tcp.flags.reset == 1"], ["-c", "4"], ["-ttt", "-n"]])
def test_options_and_filters_are_over_all_of_them(run, paths, merged, rest):
    first, *others = paths
    several = run("-r", first, "-r", others[0], others[1], *rest)
    assert several.stdout == run("-r", merged, *rest).stdout
    assert several.stdout


@pytest.mark.referee
@pytest.mark.parametrize("rest", [["udp"], ["-Y", "udp"]])
def test_they_are_written_as_one(run, paths, merged, tmp_path, rest):
    assert run(*paths, "-w", tmp_path / "out.pcapng", *rest).returncode == 0
    asked = ["tshark", "-n", "-T", "fields", "-e", "frame.time_epoch", "-e", "udp.srcport", "-e", "frame.len"]
    told = subprocess.run([*asked, "-r", tmp_path / "out.pcapng"], capture_output=True, check=True).stdout
    assert told == subprocess.run([*asked, "-r", merged, "-Y", "udp"], capture_output=True, check=True).stdout
    assert told.count(b"\n") == 8


def test_words_of_filters_are_no_files(run, tmp_path, monkeypatch, paths):
    """Also where files of their names are there; a file is meant by ./ before its name."""
    monkeypatch.chdir(tmp_path)
    for word in sorted(FILTER_WORDS):
        (tmp_path / word).write_bytes(paths[1].read_bytes())
        assert files_and_filter([word, "x"]) == ([], f"{word} x")
        assert files_and_filter([f"./{word}", word]) == ([f"./{word}"], word)
    assert len(run("./tcp", "udp", "and", "port", "53").stdout.splitlines()) == 8


@pytest.mark.parametrize(
    ("words", "files", "filter"),
    [
        (["a.pcap"], ["a.pcap"], ""),
        (["a.pcap12", "b.PCAPNG.gz", "c.cap.xz3", "-", "icmp"], ["a.pcap12", "b.PCAPNG.gz", "c.cap.xz3", "-"], "icmp"),
        (["host", "a.pcap"], [], "host a.pcap"),
        (["ip[0] & 0xf != 5"], [], "ip[0] & 0xf != 5"),
        (["(tcp", "or", "udp)"], [], "(tcp or udp)"),
        (["net", "192.0.2.0/24"], [], "net 192.0.2.0/24"),
        (["/no/such", "~/x", "tcp"], ["/no/such", "~/x"], "tcp"),
        (["nothing-there"], [], "nothing-there"),
    ],
)
def test_the_rule(words, files, filter):
    assert files_and_filter(words) == (files, filter)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["office.pcap"], "office.pcap: cannot read: no such file or directory: check the path and its permissions"),
        (["-i", "lo", "dns.pcap"], "dns.pcap is a file to read, and -i is for a live capture: leave one out"),
        (["-r", "-", "-r", "-"], "- is standard input, which can be read once: name it once"),
        (["empty.pcap"], "empty.pcap: empty: not even the header of a capture file was written"),
        (["dns.pcap", "empty.pcap"], "empty.pcap: empty: not even the header of a capture file was written"),
    ],
)
def test_errors(run, tmp_path, root, words, error):
    (tmp_path / "empty.pcap").touch()
    (tmp_path / "dns.pcap").write_bytes((root / "captures" / "dns.pcap").read_bytes())
    done = run(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"rawkit: {error}\n")


@pytest.mark.parametrize("read", [["-r", "a.pcap"], ["b.pcap", "a.pcap"], ["-r", "-"]])
@pytest.mark.parametrize("name", ["a.pcap", "./a.pcap", "link.pcap", "hard.pcap"])
@pytest.mark.parametrize("more", [[], ["-Y", "udp"], ["-G", "5"], ["--view", "flows"]])
def test_a_file_that_is_read_is_not_written(run, tmp_path, root, read, name, more):
    content = (root / "captures" / "dns.pcap").read_bytes()
    for each in ("a.pcap", "b.pcap"):
        (tmp_path / each).write_bytes(content)
    (tmp_path / "link.pcap").symlink_to("a.pcap")
    os.link(tmp_path / "a.pcap", tmp_path / "hard.pcap")
    with (tmp_path / "a.pcap").open("rb") as file:
        done = run(*read, "-w", name, *more, cwd=tmp_path, stdin=file if "-" in read else None)
    error = f"rawkit: {name}: it is being read, and writing would destroy it: write another file\n"
    assert (done.returncode, done.stderr) == (2, error)
    assert (tmp_path / "a.pcap").read_bytes() == content


def test_nor_is_one_that_a_rotation_comes_to(run, tmp_path, root):
    content = (root / "captures" / "dns.pcap").read_bytes()
    (tmp_path / "out.pcap1").write_bytes(content * 1)
    frames = tmp_path / "big.pcap"
    records = (content[24:]) * 300  # more than a million bytes: a second file is due
    frames.write_bytes(content[:24] + records)
    done = run("out.pcap1", "big.pcap", "-w", "out.pcap", "-C", "1", cwd=tmp_path)
    assert done.returncode == 2
    assert "out.pcap1: it is being read" in done.stderr
    assert (tmp_path / "out.pcap1").read_bytes() == content


def test_python_reads_several_too(run, paths):
    import rawkit

    with rawkit.open(paths) as capture:
        numbers = [packet.number for packet in capture]
    lines = run(*paths, "--format", "json").stdout.splitlines()
    assert numbers == [json.loads(line)["frame.number"] for line in lines] == list(range(1, 33))


def test_sizes_of_files_have_units(run, tmp_path, root):
    """As of later versions of tcpdump: k, m and g are KiB, MiB and GiB."""
    content = (root / "captures" / "dns.pcap").read_bytes()
    (tmp_path / "big.pcap").write_bytes(content[:24] + content[24:] * 40)
    assert run("big.pcap", "-w", "out.pcap", "-C", "20k", cwd=tmp_path).returncode == 0
    sizes = [
        path.stat().st_size for path in sorted(tmp_path.glob("out.pcap*"), key=lambda path: path.stat().st_mtime_ns)
    ]
    assert len(sizes) > 2
    assert all(20 << 10 < size < 21 << 10 for size in sizes[:-1])
