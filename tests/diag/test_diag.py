"""Answers of sock_diag: layouts by the kernel's headers, and bytes that no kernel would send."""

from __future__ import annotations

import re
from pathlib import Path
from socket import AF_INET, AF_UNIX

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.diag import answers, inet, netlinks, packet, proc, unix
from rawkit.diag.details import details
from rawkit.diag.memory import SOCKET_MEMORY
from rawkit.diag.socket import KINDS, TABLES, Socket
from rawkit.diag.states import STATE_SETS
from rawkit.diag.tcp_info import MPTCP_INFO, OPTIONS, TCP_INFO
from rawkit.errors import RawkitError
from rawkit.wire.netlink import DONE, message

HEADERS = Path("/usr/include/linux")
SIZES = {"__u8": 1, "__u16": 2, "__u32": 4, "__u64": 8}


def declared(header: str, structure: str, prefix: str) -> list[tuple[str, int, int]]:
    """Name, offset and size of the fields of a structure, as a C compiler for this machine lays it out."""
    path = HEADERS / header
    if not path.exists():
        pytest.skip(f"{path} is not there")
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    body = re.search(rf"struct {structure} {{(.*?)\n}};", text, re.S)[1]
    found, at, bits = [], 0, 0
    for kind, names in re.findall(r"(__u\d+)\s+([^;]+);", body):
        for name, _, width in (one.strip().partition(":") for one in names.split(",")):
            size = SIZES[kind]
            if width.strip():
                found.append((name.strip().removeprefix(prefix), at, size))
                bits += int(width)
                continue
            if bits:
                at, bits = at + 1, 0
            at += -at % size
            found.append((name.removeprefix(prefix), at, size))
            at += size
        if bits >= 8:
            at, bits = at + 1, 0
    return found


@pytest.mark.referee
@pytest.mark.parametrize(
    ("fields", "header", "structure", "prefix"),
    [(TCP_INFO, "tcp.h", "tcp_info", "tcpi_"), (MPTCP_INFO, "mptcp.h", "mptcp_info", "mptcpi_")],
)
def test_structures_are_the_kernels(fields, header, structure, prefix):
    """The headers of this machine may be older: they have the first ones of the fields."""
    ours = [(field.name, field.offset, field.size) for field in fields]
    theirs = declared(header, structure, prefix)
    assert len(theirs) > 10
    assert ours[: len(theirs)] == theirs


def test_no_two_fields_share_bits():
    seen = set()
    for field in TCP_INFO:
        bits = field.bits or 8 * field.size
        own = {8 * field.offset + field.shift + bit for bit in range(bits)}
        assert not own & seen
        seen |= own


@pytest.mark.referee
def test_memory_is_the_kernels():
    text = (HEADERS / "sock_diag.h").read_text() if (HEADERS / "sock_diag.h").exists() else pytest.skip("no headers")
    names = re.findall(r"SK_MEMINFO_(\w+),", text)
    assert [field.name for field in SOCKET_MEMORY] == [name.lower() for name in names if name != "VARS"]


@pytest.mark.referee
def test_options_are_the_kernels():
    path = HEADERS / "tcp.h"
    if not path.exists():
        pytest.skip("no headers")
    bits = [int(bit) for bit in re.findall(r"#define TCPI_OPT_\w+\s+(\d+)", path.read_text())]
    assert bits == list(OPTIONS)[: len(bits)]


READERS = [
    lambda data: inet.sockets("tcp", data),
    lambda data: inet.sockets("mptcp", data),
    unix.sockets,
    packet.sockets,
    netlinks.sockets,
]


@pytest.mark.parametrize("read", READERS)
@given(bodies=st.lists(st.binary(max_size=200), max_size=4), noise=st.binary(max_size=60))
def test_any_bytes_are_sockets_or_an_error(read, bodies, noise):
    data = b"".join(message(answers.BY_FAMILY, 0, 1, body + bytes(-len(body) % 4)) for body in bodies) + noise
    try:
        for one in read([data]):
            assert isinstance(details(one), dict)
            assert one.netid in KINDS
    except RawkitError:
        pass


@given(kind=st.sampled_from(list(KINDS)), raw=st.binary(max_size=300))
def test_any_attributes_are_details(kind, raw):
    assert isinstance(details(Socket(kind, "ESTAB", 0, 0, "", 0, "", 0, attributes=raw)), dict)


@given(line=st.text(max_size=200), table=st.sampled_from(TABLES))
def test_any_line_is_a_socket_or_none(line, table):
    assert len(list(proc.sockets(table, [line]))) <= 1


def test_what_comes_behind_the_end_is_not_read():
    body = bytes([AF_INET]) + bytes(71)
    one = message(answers.BY_FAMILY, 0, 1, body)
    done = message(DONE, 0, 1, bytes(4))
    assert len(list(inet.sockets("tcp", iter([one + one, one, done, one])))) == 3
    assert list(inet.sockets("tcp", [message(answers.BY_FAMILY, 0, 1, body[:-4]), done])) == []


def test_a_unix_socket_of_a_type_that_is_none_is_left_out():
    told = message(answers.BY_FAMILY, 0, 1, bytes([AF_UNIX, 77, 1, 0]) + bytes(12))
    assert list(unix.sockets([told])) == []


def test_a_state_has_the_bit_that_the_kernel_has_for_it():
    """TCP_ESTABLISHED is 1, TCP_LISTEN 10 (include/net/tcp_states.h); SYN-RECV is asked for as TCP_SYN_RECV."""
    assert (STATE_SETS["established"], STATE_SETS["listening"], STATE_SETS["syn-recv"]) == (2, 1 << 10, 8)
