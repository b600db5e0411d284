"""`rawkit anonymize`: what it says, what it refuses, and what is left where it is ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rawkit.errors import RawkitError
from rawkit.files import Interface, PcapngWriter, PcapWriter, open_capture
from rawkit.frames import FrameBatch
from rawkit.values import replace

KEY = "00" * 31 + "01\n"


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "key"
    path.write_text(KEY)
    return path


def frames(path):
    with open_capture(path) as capture:
        return [frame for batch in capture for frame in batch.frames()]


def test_a_key_gives_the_same_each_time_and_none_another(rawkit, key, tmp_path):
    outs = [tmp_path / f"{number}.pcap" for number in range(3)]
    for out in outs[:2]:
        done = rawkit("anonymize", "--key-file", key, "captures/dns.pcap", out)
        assert (done.code, done.err) == (0, "")
    done = rawkit("anonymize", "-v", "captures/dns.pcap", outs[2])
    assert "the key is thrown away" in done.err
    assert "20 frames made anonymous" in done.err
    one, two, three = map(frames, outs)
    assert one == two
    assert not set(one) & set(three)


def test_what_is_not_read_is_said(rawkit, key, tmp_path):
    done = rawkit("anonymize", "--key-file", key, "captures/spanning-tree.pcap", tmp_path / "out.pcap")
    assert done.err == (
        "rawkit: what rawkit cannot read is zeros now (--keep-unknown leaves it): frames with 2 llc unknown\n"
    )
    done = rawkit(
        "anonymize", "--key-file", key, "--keep-unknown", "captures/spanning-tree.pcap", tmp_path / "out.pcap"
    )
    assert "is as it was, with all addresses in it" in done.err


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 31, b"zz" * 32, b"00" * 31, bytes(33), b"0" * 4000])
def test_what_is_no_key_is_said(rawkit, tmp_path, content):
    path = tmp_path / "key"
    path.write_bytes(content)
    done = rawkit("anonymize", "--key-file", path, "captures/dns.pcap", tmp_path / "out.pcap")
    assert done.code == 2
    assert "is no key of 32 bytes" in done.err
    assert not (tmp_path / "out.pcap").exists()


def test_in_place_is_refused(rawkit, tmp_path):
    path = tmp_path / "one.pcap"
    path.write_bytes(Path("captures/dns.pcap").read_bytes())
    done = rawkit("anonymize", path, tmp_path / "." / "one.pcap")
    assert done.code == 2
    assert "writing would destroy it" in done.err
    assert len(frames(path)) == 20


def test_two_link_types_want_pcapng(rawkit, key, tmp_path):
    with PcapngWriter(tmp_path / "two.pcapng", [Interface(1), Interface(101)]) as writer:
        for number, link in enumerate((1, 101)):
            batch = FrameBatch.from_frames([bytes(60)], link_type=link)
            writer.write(replace(batch, interface=np.full(1, number, np.int32)))
    done = rawkit("anonymize", "--key-file", key, tmp_path / "two.pcapng", tmp_path / "out.pcap")
    assert done.code == 2
    assert ".pcapng" in done.err


def test_without_aes_it_says_what_to_install(monkeypatch, tmp_path):
    import rawkit as package

    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers", None)
    with pytest.raises(RawkitError, match=r"install rawkit\[anonymize\]"):
        package.anonymize("captures/dns.pcap", tmp_path / "out.pcap")
    assert not (tmp_path / "out.pcap").exists()


def test_standard_input_to_standard_output(key):
    command = [sys.executable, "-m", "rawkit", "anonymize", "--key-file", str(key), "-", "-"]
    with open("captures/udp-answered.pcap", "rb") as given:
        done = subprocess.run(command, stdin=given, capture_output=True, check=True)
    assert done.stdout[:4] == bytes.fromhex("4d3cb2a1")
    assert b"hello" not in done.stdout


def test_ctrl_c_leaves_a_whole_file(key, tmp_path):
    """The capture comes through a file that is read slowly: interpreted, and long."""
    with open_capture("captures/tcp-three-at-once.pcap") as capture:
        batches = list(capture)
    with PcapWriter(tmp_path / "long.pcap", 1) as writer:
        for _ in range(300):
            for batch in batches:
                writer.write(batch)
    out = tmp_path / "out.pcap"
    command = [sys.executable, "-m", "rawkit", "anonymize", "--kernels", "interpreted", "--key-file", key]
    with subprocess.Popen([*command, tmp_path / "long.pcap", out], stderr=subprocess.PIPE, text=True) as process:
        while not out.exists() or out.stat().st_size <= 24:
            assert process.poll() is None
            os.sched_yield()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted: only the part up to here was written" in err
    with open_capture(out) as capture:
        count = sum(map(len, capture))
        assert capture.truncated is None
    assert 0 < count < 300 * sum(map(len, batches))
