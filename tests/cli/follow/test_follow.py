"""`rawkit follow` as a user runs it."""

from __future__ import annotations

import base64
import json
import os

import pytest

from tests.streams.made import ACK, PSH, SYN, Sent, frame, pcap

HALF = "captures/tcp-half-close.pcap"
THREE = "captures/tcp-three-at-once.pcap"


@pytest.fixture
def follow(rawkit, root, monkeypatch):
    monkeypatch.chdir(root)
    return lambda *words: rawkit("follow", "--kernels", "interpreted", *words)


@pytest.fixture
def injected(tmp_path):
    """Somebody answers before the server does; and a segment is missing."""
    said = [
        Sent(0, 100, 0, SYN, b""), Sent(1, 500, 101, SYN | ACK, b""), Sent(0, 101, 501, PSH | ACK, b"GET /\x1b[2J\r\n"),
        Sent(1, 501, 112, PSH | ACK, b"evil\n"), Sent(1, 501, 112, PSH | ACK, b"good\n"),
        Sent(1, 516, 112, PSH | ACK, b"end\n"), Sent(0, 112, 520, ACK, b""),
    ]  # fmt: skip
    path = tmp_path / "injected.pcap"
    path.write_bytes(pcap([frame(40000, one) for one in said]))
    return path


def test_text(follow, injected):
    """Nothing of the wire reaches a terminal as it is; the injection and the gap are told."""
    done = follow("--checksums", "ignore", injected)
    assert (done.code, done.err) == (0, "")
    assert done.lines == [
        "tcp 0: 192.0.2.10:40000 > 198.51.100.20:9000",
        "> GET /.[2J",
        "< evil",
        '! server: 4 bytes at offset 0 were sent twice, not the same: "evil" stays, "good" is left out (frame 5)',
        "! server: 10 bytes missing at offset 5: not in the capture (frame 7)",
        "< end",
    ]


def test_colours_are_by_side(follow, rawkit):
    lines = rawkit("--color", "always", "follow", HALF).out.decode().splitlines()
    assert [line[:5] for line in lines] == ["\x1b[1mt", "\x1b[31m", *["\x1b[36m"] * 3]
    assert b"\x1b" not in follow(HALF).out


@pytest.mark.parametrize(
    ("choice", "numbers"),
    [
        (["--stream", "1"], [1]), (["--stream", "2,tcp:0"], [0, 2]), (["--stream", "udp:0"], []),
        (["-Y", "tcp.port == 40001"], [1]), (["-Y", 'tcp.payload contains "number 2"'], [2]),
    ],
)  # fmt: skip
def test_which_streams(follow, choice, numbers):
    done = follow(THREE, *choice)
    assert done.code == 0, done.err
    assert [line for line in done.lines if line.startswith("tcp")] == [
        f"tcp {number}: 192.0.2.10:4000{number} > 198.51.100.20:9000" for number in numbers
    ]


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (["--stream", "1,99,udp:0"], "no payload in tcp 99, udp 0"),
        (["-Y", "tcp.port == 9"], "no payload in any stream that passes"),
        (["port", "9"], "no payload in any stream"),
        (["--stream", "1"], ""),
    ],
)
def test_what_is_not_there_is_said(follow, choice, said):
    done = follow(THREE, *choice)
    assert (done.code, done.err) == (0, f"rawkit: {said}\n" if said else "")


def test_words_of_tcpdump_choose_frames(follow):
    assert follow(THREE, "tcp", "src", "port", "40001").lines[1:] == ["> I am number 1"]


def test_raw_json_and_files_are_the_same_bytes(follow, tmp_path):
    raw = follow(HALF, "--format", "raw", "--side", "server").out
    pieces = [json.loads(line) for line in follow(HALF, "--format", "json").lines]
    assert b"".join(base64.b64decode(one["data"]) for one in pieces if one["side"] == "server") == raw
    assert raw == b"one\ntwo\nthree\n"
    done = follow(HALF, "-o", tmp_path / "said")
    assert done.err == f"rawkit: 2 files with 33 bytes in {tmp_path}/said\n"
    files = {path.name: path.read_bytes() for path in (tmp_path / "said").iterdir()}
    assert files == {
        "tcp-0-client-192.0.2.10-40000": b"everything, please\n",
        "tcp-0-server-198.51.100.20-9000": raw,
    }
    assert {oct(path.stat().st_mode & 0o777) for path in (tmp_path / "said").iterdir()} == {"0o600"}


def test_files_are_made_anew(follow, tmp_path):
    for _ in range(2):
        follow(HALF, "-o", tmp_path)
    assert (tmp_path / "tcp-0-server-198.51.100.20-9000").read_bytes() == b"one\ntwo\nthree\n"


def test_files_of_ipv6(follow, tmp_path):
    follow("captures/udp6-answered.pcap", "-o", tmp_path, "--side", "client")
    assert {name.split("-")[2] for name in os.listdir(tmp_path)} == {"client"}
    assert not [name for name in os.listdir(tmp_path) if ":" in name]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ([], "no capture file: name one"),
        (["nothing.pcap"], "nothing.pcap: cannot read"),
        (["-i", "lo", HALF], "-i listens, and a file is read"),
        ([HALF, "--stream", "one"], "give the number of a TCP stream, or udp:N"),
        ([HALF, "--duration", "1"], "--duration is for live captures"),
        ([HALF, "-o", "/dev/null/x"], "cannot make the folder"),
        ([HALF, "-o", "said", "--format", "hex"], "-o writes bytes as they are"),
        ([HALF, "-Y", "ip.scr == 1"], "ip.scr"),
        ([HALF, "-z", "follow"], "-z is not known here: --stream N"),
    ],
)
def test_errors_are_one_line(follow, words, error):
    done = follow(*words)
    assert (done.code, done.out, done.err.count("\n")) == (2, b"", 1)
    assert error in done.err


@pytest.mark.root
def test_live(rawkit):
    """What is said is shown as it comes, also where nothing comes behind it."""
    import socket
    import threading

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver, socket.socket(type=socket.SOCK_DGRAM) as sender:
        receiver.bind(("127.0.0.1", 0))
        port = receiver.getsockname()[1]
        done = threading.Event()

        def send():
            while not done.wait(0.05):
                sender.sendto(b"hello\n", ("127.0.0.1", port))

        thread = threading.Thread(target=send)
        thread.start()
        try:
            found = rawkit("follow", "-i", "lo", "-c", "2", "udp", "port", str(port))
        finally:
            done.set()
            thread.join()
    assert found.code == 0
    assert found.lines[1:] == ["> hello", "> hello"]
