"""SipHash-2-4 against the reference implementation's vectors and OpenSSL's, and what cookies depend on."""

import shutil
import subprocess

import numpy as np
import pytest

from rawkit.probe.scan.cookie import Cookies, siphash24

KEY = bytes(range(16))
REFERENCE = {  # vectors.h of the reference implementation: messages 00, 01, 02 ... of that length
    0: "310e0edd47db6f72",
    1: "fd67dc93c539f874",
    2: "5a4fa9d909806c0d",
    3: "2d7efbd796666785",
    7: "37d1018bf50002ab",
    8: "6224939a79f5f593",
    15: "e545be4961ca29a1",
}


def words(message: bytes) -> list[np.ndarray]:
    padded = message + bytes(-(len(message) + 1) % 8) + bytes([len(message) & 0xFF])
    return [np.array([int.from_bytes(padded[at : at + 8], "little")], dtype="u8") for at in range(0, len(padded), 8)]


def digest(key: bytes, message: bytes) -> str:
    return int(siphash24(key, words(message))[0]).to_bytes(8, "little").hex()


@pytest.mark.parametrize("length", REFERENCE)
def test_reference_vectors(length):
    assert digest(KEY, bytes(range(length))) == REFERENCE[length]


@pytest.mark.referee
@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
@pytest.mark.parametrize("length", [0, 5, 6, 18, 23, 40, 63])
def test_openssl_agrees(length):
    key, message = bytes(range(100, 116)), bytes(range(200 - length, 200))
    command = ["openssl", "mac", "-macopt", f"hexkey:{key.hex()}", "-macopt", "size:8", "SIPHASH"]
    theirs = subprocess.run(command, input=message, capture_output=True, check=True).stdout.decode().strip()
    assert digest(key, message) == theirs.lower()


def test_many_messages_at_once_are_the_same_as_one_by_one():
    first, second = np.arange(50, dtype="u8"), np.arange(50, dtype="u8") * 3
    together = siphash24(KEY, [first, second])
    alone = [int(siphash24(KEY, [first[n : n + 1], second[n : n + 1]])[0]) for n in range(50)]
    assert together.tolist() == alone


def test_a_cookie_is_of_address_port_seed_and_source_port():
    there, port = np.array([0xC0000214], dtype="u8"), np.array([80])
    base = int(Cookies.of(1, 61001).ipv4(there, port)[0])
    others = (
        Cookies.of(2, 61001).ipv4(there, port),
        Cookies.of(1, 61002).ipv4(there, port),
        Cookies.of(1, 61001).ipv4(there + np.uint64(1), port),
        Cookies.of(1, 61001).ipv4(there, port + 1),
        Cookies.of(1, 61001).ipv6(np.zeros(1, "u8"), there, port, np.zeros(1, "i8")),
        Cookies.of(1, 61001).ipv6(np.ones(1, "u8"), there, port, np.zeros(1, "i8")),
        Cookies.of(1, 61001).ipv6(np.ones(1, "u8"), there, port, np.ones(1, "i8")),
    )
    assert len({base, *(int(other[0]) for other in others)}) == 8
