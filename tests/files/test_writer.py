"""Writing: read back equal, and read the same by dpkt, tshark, capinfos and tcpdump."""

import gzip
import io
import lzma
import re
import shutil
import subprocess

import dpkt
import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from rawkit.errors import CaptureError
from rawkit.facts.status import OUTGOING, TRUNCATED, VLAN_STRIPPED
from rawkit.files import Interface, PcapngWriter, PcapWriter, open_capture
from rawkit.frames import FrameBatch
from rawkit.linktypes import ETHERNET, LINUX_SLL, RAW

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark")
needs_tcpdump = pytest.mark.skipif(shutil.which("tcpdump") is None, reason="needs tcpdump")

INTERFACES = [Interface(ETHERNET, "eth0", "uplink"), Interface(RAW, "tun0"), Interface(LINUX_SLL)]


def batch_of(frames, *, extra=None, times=None, interface=None, status=None):
    """A batch with gaps between frames and in another order than in its buffer, as filters and rings make them."""
    count = len(frames)
    order = list(range(count))[::-1]
    buffer, offset = b"gap", [0] * count
    for row in order:
        offset[row] = len(buffer)
        buffer += frames[row] + b"another gap"
    which = np.array(interface or [0] * count, dtype=np.int32)
    captured = np.array([len(frame) for frame in frames], dtype=np.int32)
    length = captured + np.array(extra or [0] * count, dtype=np.int32)
    links = np.array([INTERFACES[one].link_type for one in which], dtype=np.int32)
    flags = np.array(status or [0] * count, dtype=np.int64) | np.where(length > captured, TRUNCATED, 0)
    stamps = np.array(times or [0] * count, dtype=np.int64)
    offsets = np.array(offset, dtype=np.int64)
    return FrameBatch(np.frombuffer(buffer, np.uint8), offsets, captured, length, stamps, links, which, flags)


@st.composite
def batches(draw, last=(2**32 - 1) * 10**9, interfaces=1):
    frames = draw(st.lists(st.binary(max_size=90), max_size=12))

    def each(numbers):
        return draw(st.lists(numbers, min_size=len(frames), max_size=len(frames)))

    return batch_of(
        frames,
        extra=each(st.integers(0, 3)),
        times=each(st.integers(0, last)),
        interface=each(st.integers(0, interfaces - 1)),
        status=each(st.sampled_from([0, OUTGOING])) if interfaces > 1 else None,
    )


def content(batch):
    columns = (batch.length, batch.timestamp, batch.link_type, batch.interface, batch.status)
    return list(zip(batch.frames(), *(one.tolist() for one in columns), strict=True))


def read_back(raw):
    with open_capture(io.BytesIO(raw)) as capture:
        found = [one for batch in capture for one in content(batch)]
        assert capture.truncated is None
    return found


@given(st.lists(batches(), max_size=3), st.sampled_from(["little", "big"]))
def test_pcap_reads_back_equal(written, byteorder):
    file = io.BytesIO()
    with PcapWriter(file, ETHERNET, byteorder=byteorder) as writer:
        for batch in written:
            writer.write(batch)
    assert read_back(file.getvalue()) == [one for batch in written for one in content(batch)]


@given(st.lists(batches(last=2**61, interfaces=3), max_size=3))
def test_pcapng_reads_back_equal(written):
    file = io.BytesIO()
    with PcapngWriter(file, INTERFACES) as writer:
        for batch in written:
            writer.write(batch)
    assert read_back(file.getvalue()) == [one for batch in written for one in content(batch)]


@given(batches(), st.booleans(), st.sampled_from(["little", "big"]))
def test_dpkt_reads_pcap_the_same(batch, nanoseconds, byteorder):
    file = io.BytesIO()
    PcapWriter(file, ETHERNET, nanoseconds=nanoseconds, byteorder=byteorder).write(batch)
    file.seek(0)
    reader = dpkt.pcap.Reader(file)
    found = list(reader)
    assert [frame for _, frame in found] == list(batch.frames())
    assert reader.datalink() == ETHERNET
    # dpkt gives the time as a Decimal for nanoseconds and a float for microseconds.
    assert [round(float(time) * 1000) for time, _ in found] == pytest.approx((batch.timestamp / 10**6).tolist(), abs=1)


@given(batches())
def test_dpkt_reads_pcapng_the_same(batch):
    file = io.BytesIO()
    PcapngWriter(file, INTERFACES[:1]).write(batch)
    file.seek(0)
    assert [frame for _, frame in dpkt.pcapng.Reader(file)] == list(batch.frames())


SAMPLE = batch_of(
    [bytes(range(60)), bytes(range(61)), b"\x45" + bytes(30), bytes(63)],
    extra=[0, 1000, 0, 0],
    times=[1, 1_700_000_000_123_456_789, 2**61, 3],
    interface=[0, 0, 1, 2],
    status=[OUTGOING, 0, OUTGOING, 0],
)


def tshark(path, *fields):
    wanted = [word for field in fields for word in ("-e", field)]
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", *wanted]
    printed = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    return [tuple(line.split("\t")) for line in printed.splitlines()]


@pytest.mark.referee
@needs_tshark
def test_tshark_reads_pcapng_the_same(tmp_path):
    path = tmp_path / "a.pcapng"
    with PcapngWriter(path, INTERFACES, comment="of the section") as writer:
        writer.write(SAMPLE, {0: "größer", 3: "b"})
    fields = ("frame.len", "frame.cap_len", "frame.time_epoch", "frame.interface_id", "frame.interface_name")
    more = ("frame.interface_description", "frame.packet_flags_direction", "frame.comment")
    assert tshark(path, *fields, *more) == [
        ("60", "60", "0.000000001", "0", "eth0", "uplink", "0x00000002", "größer"),
        ("1061", "61", "1700000000.123456789", "0", "eth0", "uplink", "", ""),
        ("31", "31", "2305843009.213693952", "1", "tun0", "", "0x00000002", ""),
        ("63", "63", "0.000000003", "2", "unknown", "", "", "b"),
    ]
    with open_capture(path) as capture:
        list(capture)
        assert capture.comments == [(None, "of the section"), (1, "größer"), (4, "b")]


@pytest.mark.referee
@needs_tshark
@pytest.mark.parametrize("byteorder", ["little", "big"])
@pytest.mark.parametrize("nanoseconds", [True, False])
def test_tshark_and_capinfos_read_pcap_the_same(tmp_path, byteorder, nanoseconds):
    path = tmp_path / "a.pcap"
    with PcapWriter(path, ETHERNET, byteorder=byteorder, nanoseconds=nanoseconds, snaplen=61) as writer:
        writer.write(SAMPLE.select(slice(0, 2)))
    assert tshark(path, "frame.len", "frame.cap_len", "frame.time_epoch") == [
        ("60", "60", "0.000000001" if nanoseconds else "0.000000000"),
        ("1061", "61", "1700000000.123456789" if nanoseconds else "1700000000.123456000"),
    ]
    printed = subprocess.run(["capinfos", "-c", path], capture_output=True, check=True, text=True).stdout
    assert re.search(r"^Number of packets: +2$", printed, re.M)


@pytest.mark.referee
@needs_tcpdump
def test_tcpdump_reads_both_the_same():
    kept = SAMPLE.select(slice(0, 2))
    printed = []
    for writer, file in ((PcapWriter, io.BytesIO()), (PcapngWriter, io.BytesIO())):
        writer(file, ETHERNET if writer is PcapWriter else INTERFACES[:1]).write(kept)
        command = ["tcpdump", "-r", "-", "-xx", "-tt", "--nano", "-n"]
        done = subprocess.run(command, input=file.getvalue(), capture_output=True, check=True)
        printed.append(done.stdout.decode())
    assert printed[0] == printed[1]
    assert re.findall(r"^\d+\.\d{9}", printed[0], re.M) == ["0.000000001", "1700000000.123456789"]
    bytes_printed = "".join(re.findall(r"^\t0x\w+:  ([\w ]+)", printed[0], re.M)).replace(" ", "")
    assert bytes_printed == b"".join(kept.frames()).hex()


VLAN = bytes(range(12)) + b"\x81\x00\x20\x05" + b"\x08\x00" + bytes(46)
STRIPPED = VLAN[:12] + VLAN[16:]


@pytest.mark.parametrize("writer", [PcapWriter, PcapngWriter])
def test_stripped_vlan_tags_are_put_back(writer):
    status = [VLAN_STRIPPED | 0x2005 << 16 | tpid << 32 for tpid in (0x8100, 0, 0x88A8)]
    frames = [STRIPPED, STRIPPED, STRIPPED, STRIPPED, b"short"]
    batch = batch_of(frames, status=[*status, 0, VLAN_STRIPPED], extra=[0, 7, 0, 0, 0])
    file = io.BytesIO()
    writer(file, ETHERNET if writer is PcapWriter else INTERFACES).write(batch)
    found = read_back(file.getvalue())
    service = VLAN[:12] + b"\x88\xa8" + VLAN[14:]
    assert [one[0] for one in found] == [VLAN, VLAN, service, STRIPPED, b"short"]
    assert [one[1] for one in found] == [64, 71, 64, 60, 5]


@pytest.mark.parametrize("snaplen", [1, 12, 13, 15, 16, 17, 63, 64, 65])
def test_a_snaplen_counts_the_tag(snaplen):
    batch = batch_of([STRIPPED, STRIPPED], status=[VLAN_STRIPPED | 0x2005 << 16, 0])
    file = io.BytesIO()
    PcapWriter(file, ETHERNET, snaplen=snaplen).write(batch)
    assert [one[0] for one in read_back(file.getvalue())] == [VLAN[:snaplen], STRIPPED[:snaplen]]


def test_a_tag_of_a_cooked_frame_stands_before_its_protocol():
    batch = batch_of([bytes(14) + b"\x08\x00abc"], interface=[2], status=[VLAN_STRIPPED | 5 << 16])
    file = io.BytesIO()
    PcapngWriter(file, INTERFACES).write(batch)
    assert read_back(file.getvalue())[0][0] == bytes(14) + b"\x81\x00\x00\x05\x08\x00abc"


UNPACK = {
    ".gz": gzip.decompress,
    ".zst": zstandard.ZstdDecompressor().decompressobj().decompress,
    ".xz": lzma.decompress,
}


@pytest.mark.parametrize("suffix", UNPACK)
def test_the_suffix_says_the_compression(tmp_path, suffix):
    plain, packed = tmp_path / "a.pcap", tmp_path / f"a.pcap{suffix}"
    for path in (plain, packed):
        with PcapWriter(path, ETHERNET) as writer:
            for _ in range(50):
                writer.write(SAMPLE.select(slice(0, 2)))
    assert UNPACK[suffix](packed.read_bytes()) == plain.read_bytes()
    assert packed.stat().st_size < plain.stat().st_size


def test_compression_by_argument():
    file = io.BytesIO()
    with PcapngWriter(file, INTERFACES, compress="zstd") as writer:
        writer.write(SAMPLE)
    assert file.getvalue()[:4] == b"\x28\xb5\x2f\xfd"
    assert read_back(file.getvalue()) == content(SAMPLE)


@pytest.mark.parametrize("writer", [PcapWriter, PcapngWriter])
def test_a_batch_is_one_write_of_whole_packets(writer):
    class Counting(io.RawIOBase):
        def __init__(self):
            self.writes = []

        def writable(self):
            return True

        def write(self, data):
            self.writes.append(bytes(data))
            return len(data)

    file = Counting()
    one = writer(file, ETHERNET if writer is PcapWriter else INTERFACES)
    for _ in range(3):
        one.write(SAMPLE.select(slice(0, 2)))
        one.write(SAMPLE.select(slice(0, 0)))
    assert len(file.writes) == 4
    counts = [len(read_back(b"".join(file.writes[:done]))) for done in range(1, 5)]
    assert counts == [0, 2, 4, 6]
    one.close()
    assert not file.closed


def test_a_system_that_takes_a_part_gets_the_rest():
    class Narrow(io.RawIOBase):
        def __init__(self):
            self.found = b""

        def write(self, data):
            self.found += bytes(data[:7])
            return len(bytes(data[:7]))

    file, whole = Narrow(), io.BytesIO()
    for target in (file, whole):
        PcapngWriter(target, INTERFACES).write(SAMPLE)
    assert file.found == whole.getvalue()


def test_what_cannot_be_written_is_said(tmp_path):
    with pytest.raises(CaptureError, match=r"cannot write: no such file or directory: check"):
        PcapWriter(tmp_path / "none" / "a.pcap", 1)
    writer = PcapWriter(io.BytesIO(), ETHERNET)
    with pytest.raises(CaptureError, match="RAW frame in a file of ETHERNET: write pcapng"):
        writer.write(SAMPLE)
    with pytest.raises(CaptureError, match="time outside 1970 to 2106: write pcapng"):
        writer.write(batch_of([b"a"], times=[2**32 * 10**9]))
    writer = PcapngWriter(io.BytesIO(), INTERFACES[:1])
    with pytest.raises(CaptureError, match="interface 2 is not in the file"):
        writer.write(SAMPLE)
    with pytest.raises(CaptureError, match="time before 1970"):
        writer.write(batch_of([b"a"], times=[-1]))
    with pytest.raises(CaptureError, match="link type differs"):
        PcapngWriter(io.BytesIO(), INTERFACES[1:]).write(SAMPLE.select(slice(0, 1)))


def test_a_full_disk_is_one_line():
    with pytest.raises(CaptureError, match=r"^/dev/full: cannot write: no space left on device"):
        PcapWriter("/dev/full", ETHERNET)
