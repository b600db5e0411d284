"""`rawkit sniff -i … -w`: files that the peer tools read at all times, and that begin and end as tcpdump's do."""

from __future__ import annotations

import gzip
import lzma
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from rawkit.files import open_capture
from rawkit.lab import Lab

pytestmark = [pytest.mark.root, pytest.mark.netns]

RAWKIT = (sys.executable, "-m", "rawkit")
PATIENCE = 60
SIZE = 1000

Start = Callable[..., subprocess.Popen[Any]]


@pytest.fixture
def start(listening: Callable[..., subprocess.Popen[str]]) -> Start:
    """Starts a program on the server whose output nobody reads."""
    return lambda *command, **options: listening(command, stdout=subprocess.DEVNULL, **options)


def sniff(*options: str | Path) -> list[str | Path]:
    return [*RAWKIT, "sniff", "-i", "eth0", *options, "udp port 9"]


def tcpdump(*options: str | Path) -> list[str | Path]:
    """With room for all, without a buffer for the file, and as root, so that it may write where we do."""
    return ["tcpdump", "-i", "eth0", "-U", "-B", "65536", "-Z", "root", *options, "udp port 9"]


@pytest.fixture
def datagrams(lab: Lab) -> Callable[[int], None]:
    """Sends so many datagrams of 1000 bytes from the client to the server, where nobody listens."""

    def send(count: int) -> None:
        with lab["client"].entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for number in range(count):
                sock.sendto(number.to_bytes(SIZE), ("192.0.2.20", 9))

    return send


def end(process: subprocess.Popen[Any], number: int | None = signal.SIGINT) -> tuple[int, str]:
    if number is not None:
        process.send_signal(number)
    _, err = process.communicate(timeout=PATIENCE)
    return process.returncode, err


def wait_until(ready: Callable[[], bool]) -> None:
    limit = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < limit


def frames(path: Path) -> list[str]:
    """The frames of a file as tshark sees them; it fails where the file is not whole."""
    fields = ("frame.time_epoch", "frame.len", "ip.id", "udp.srcport")
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", *(word for name in fields for word in ("-e", name))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "cut short" not in done.stderr
    return done.stdout.splitlines()


def identifiers(path: Path) -> list[str]:
    """`ip.id` of each frame: which datagrams they are."""
    return [line.split("\t")[2] for line in frames(path)]


@pytest.mark.slow
@pytest.mark.referee
@pytest.mark.parametrize(
    "rotation", [("-C", "1"), ("-C", "1", "-W", "2"), ("-C", "1", "-W", "11"), ("-C", "1", "-W", "1")]
)
def test_files_by_size_are_those_of_tcpdump(
    start: Start, datagrams: Callable[[int], None], tmp_path: Path, rotation: tuple[str, ...]
) -> None:
    """The same names, the same frames in each, and, but for times in microseconds, the same sizes."""
    folders = [tmp_path / "tcpdump", tmp_path / "rawkit"]
    for folder in folders:
        folder.mkdir()
    runs = [
        start(*tcpdump(*rotation, "-w", folders[0] / "out.pcap")),
        start(*sniff(*rotation, "-w", folders[1] / "out.pcap")),
    ]
    datagrams(3500)
    for folder in folders:
        wait_until(lambda: any(path.read_bytes()[-4:] == (3499).to_bytes(4) for path in folder.iterdir()))  # noqa: B023
    assert [end(run)[0] for run in runs] == [0, 0]
    theirs, ours = ({path.name: identifiers(path) for path in folder.iterdir()} for folder in folders)
    assert ours == theirs
    assert sum(map(len, ours.values())) <= 3500
    assert {p.name: p.stat().st_size for p in folders[0].iterdir()} == {
        p.name: p.stat().st_size for p in folders[1].iterdir()
    }


@pytest.mark.referee
def test_files_by_time_have_tcpdumps_names_and_end(
    start: Start, datagrams: Callable[[int], None], tmp_path: Path
) -> None:
    """`-G 1 -W 2` ends by itself after two seconds and two files; tcpdump needs a packet to see that."""
    begin = time.time()
    process = start(*sniff("-G", "1", "-W", "2", "-w", tmp_path / "%Y-%m-%d_%H-%M-%S.pcap"))
    sent = 0
    while process.poll() is None:
        datagrams(1)
        sent += 1
        assert time.time() < begin + PATIENCE
    assert process.returncode == 0
    names = sorted(path.name for path in tmp_path.iterdir())
    stamps = [time.mktime(time.strptime(name, "%Y-%m-%d_%H-%M-%S.pcap")) for name in names]
    assert len(stamps) == 2
    assert int(begin) <= stamps[0] < stamps[1] <= stamps[0] + 2
    times = [[float(line.split("\t")[0]) for line in frames(tmp_path / name)] for name in names]
    assert max(times[0]) < min(times[1])
    assert all(max(part) - min(part) <= 1 for part in times)
    assert 0 < len(times[0]) + len(times[1]) <= sent


def test_a_quiet_capture_by_time_ends_too(start: Start, tmp_path: Path) -> None:
    process = start(*sniff("-G", "1", "-W", "1", "-w", tmp_path / "quiet.pcap"))
    assert end(process, None)[0] == 0
    assert frames(tmp_path / "quiet.pcap") == []


@pytest.mark.parametrize("view", [[], ["--view", "packets"]])
def test_a_quiet_capture_has_all_its_files_and_ends(start: Start, tmp_path: Path, view: list[str]) -> None:
    """tcpdump needs a packet to begin a file or to end; each finished file goes to the command, the last too."""
    began = time.monotonic()
    process = start(*sniff("-G", "1", "-W", "2", "-z", "gzip -1", *view, "-w", tmp_path / "x-%s.pcapng"))
    assert end(process, None)[0] == 0
    assert 2 <= time.monotonic() - began < PATIENCE / 2
    first, second = sorted(path.name for path in tmp_path.iterdir())
    assert re.fullmatch(r"x-\d+\.pcapng\.gz", first)
    assert int(second[2:12]) - int(first[2:12]) == 1
    assert frames(tmp_path / first) == frames(tmp_path / second) == []


def test_a_name_that_is_a_pattern_needs_no_rotation(
    start: Start, datagrams: Callable[[int], None], tmp_path: Path
) -> None:
    began = int(time.time())
    process = start(*sniff("-c", "3", "-w", tmp_path / "x-%s.pcap"))
    datagrams(3)
    assert end(process, None)[0] == 0
    (path,) = tmp_path.iterdir()
    assert began <= int(path.name[2:-5]) <= time.time()
    assert len(frames(path)) == 3


@pytest.mark.parametrize("view", [[], ["--view", "flows"]])
def test_that_xz_is_whole_only_at_the_end_is_said(start: Start, tmp_path: Path, view: list[str]) -> None:
    path = tmp_path / "out.pcap.xz"
    process = start(*sniff("-w", path, *view))
    assert process.stderr is not None
    assert process.stderr.readline() == (
        f"rawkit: {path}: xz can be read once the capture has ended in order, not after SIGKILL: "
        ".gz and .zst can at all times\n"
    )
    assert end(process)[0] == 0


@pytest.mark.referee
@pytest.mark.parametrize("name", ["out.pcap", "out.pcapng"])
def test_after_sigkill_every_packet_is_there(
    start: Start, datagrams: Callable[[int], None], tmp_path: Path, name: str
) -> None:
    """The file is whole packets at all times: at its begin, while it grows, and when the process is killed."""
    path = tmp_path / name
    process = start(*sniff("-w", path))
    assert frames(path) == []
    datagrams(300)
    wait_until(lambda: len(readable(path)) == 300)
    process.kill()
    process.wait()
    assert len(frames(path)) == 300
    for reader in (["capinfos", "-c", "-M"], ["tcpdump", "-n", "-r"]):
        done = subprocess.run([*reader, path], capture_output=True, text=True, check=True)
        assert "300" in done.stdout or len(done.stdout.splitlines()) == 300
        assert "truncated" not in done.stderr


@pytest.mark.slow
@pytest.mark.referee
@pytest.mark.parametrize("name", ["out.pcap.gz", "out.pcapng.gz", "out.pcap.zst", "out.pcapng.zst"])
def test_after_sigkill_a_compressed_file_has_every_packet_too(
    start: Start, datagrams: Callable[[int], None], tmp_path: Path, name: str
) -> None:
    """Only the compression's own end is missing, of which readers complain, or not, after the last packet."""
    path = tmp_path / name
    process = start(*sniff("-w", path))
    wait_until(lambda: path.stat().st_size > 0)
    for count in (100, 200):  # it is readable in between, too
        datagrams(100)
        wait_until(lambda: len(readable(path)) >= count)  # noqa: B023
    process.kill()
    process.wait()
    assert len(readable(path)) == 200
    (tmp_path / path.stem).write_bytes(unpacked(path))
    assert len(frames(tmp_path / path.stem)) == 200
    with open_capture(str(path)) as capture:
        assert sum(map(len, capture)) == 200
        assert "stream cut short" in str(capture.truncated)


def unpacked(path: Path) -> bytes:
    """What zcat has printed when it complains, and what libzstd makes of it; zstdcat keeps the last 128 KiB back."""
    if path.suffix == ".gz":
        return subprocess.run(["zcat", path], capture_output=True, check=False).stdout
    return zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes())


def readable(path: Path) -> list[str]:
    """The frames that tshark finds before it complains."""
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-e", "frame.number"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()


@pytest.mark.referee
@pytest.mark.parametrize("name", ["out.pcap", "out.pcapng"])
def test_a_full_disk_ends_it_with_a_file_that_can_be_read(
    lab: Lab, start: Start, datagrams: Callable[[int], None], tmp_path: Path, name: str
) -> None:
    """A file system of 1 MiB; no part of a packet is left at the end, and as many are there as there is room for."""
    space = Path("/run/small")
    for command in (["mkdir", "-p", space], ["mount", "-t", "tmpfs", "-o", "size=1m", "none", space]):
        lab["server"].run(command, check=True)
    try:
        process = start(*sniff("-w", space / name))
        datagrams(1500)
        code, err = end(process, None)
        with (tmp_path / name).open("wb") as copy, lab["server"].popen(["cat", space / name], stdout=copy) as cat:
            assert cat.wait() == 0
    finally:
        lab["server"].run(["umount", space], check=True)
    assert code == 2
    assert len(err.splitlines()) == 2
    assert re.match(rf"rawkit: {space / name}: cannot write: no space left on device: ", err.splitlines()[-1])
    kept = identifiers(tmp_path / name)
    assert len(kept) == len(set(kept))
    assert (1 << 20) // (SIZE + 100) < len(kept) < 1500


@pytest.mark.referee
@pytest.mark.parametrize(("suffix", "unpack"), [(".gz", gzip.decompress), (".xz", lzma.decompress), (".zst", None)])
@pytest.mark.parametrize("kind", [".pcap", ".pcapng"])
def test_compressed_beside_a_view(
    start: Start,
    datagrams: Callable[[int], None],
    tmp_path: Path,
    kind: str,
    suffix: str,
    unpack: Callable[[bytes], bytes] | None,
) -> None:
    packed, plain = tmp_path / f"out{kind}{suffix}", tmp_path / f"out{kind}"
    process = start(*sniff("-w", packed, "--view", "flows"))
    datagrams(50)
    assert end(process)[0] == 0
    unpack = unpack or (lambda data: zstandard.ZstdDecompressor().stream_reader(data).read())
    plain.write_bytes(unpack(packed.read_bytes()))
    assert len(frames(plain)) == 50


def test_standard_output_is_a_pipe_for_tcpdump(lab: Lab, datagrams: Callable[[int], None]) -> None:
    command = [*sniff("-c", "5", "-w", "-")]
    process = lab["server"].popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    while b"listening on" not in process.stderr.readline():
        assert process.poll() is None
    datagrams(5)
    out, _ = process.communicate(timeout=PATIENCE)
    done = subprocess.run(["tcpdump", "-n", "-r", "-"], input=out, capture_output=True, check=True)
    assert len(done.stdout.splitlines()) == 5
