"""Filters of raw sockets; the kernel is the referee: a filter on a Unix socket sees the data from their first byte."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.run.ping.filter import attach, fields_equal

ECHO_OF_7 = ((0, 1, 129), (4, 2, 7))


def passes(program: bytes, data: bytes) -> bool:
    """Whether the kernel lets data through."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        attach(theirs, program)
        theirs.setblocking(False)
        try:
            ours.send(data)
            return theirs.recv(2048) == data
        except (BlockingIOError, PermissionError):
            return False


@given(st.sampled_from([0, 128, 129]), st.sampled_from([6, 7, 0x0700, 0x0107]), st.binary(max_size=20))
def test_all_fields_must_be_equal(kind, ident, rest):
    data = bytes((kind, 0, 1, 2)) + ident.to_bytes(2, "big") + rest
    assert passes(fields_equal(ECHO_OF_7, behind_ipv4=False), data) == ((kind, ident) == (129, 7))


@pytest.mark.parametrize("words", [5, 6, 15])
def test_fields_are_found_behind_ipv4_options(words):
    program = fields_equal(((2, 2, 40000),), behind_ipv4=True)
    header = bytes((4 << 4 | words,)) + bytes(words * 4 - 1)
    assert passes(program, header + bytes(2) + (40000).to_bytes(2, "big"))
    assert not passes(program, header + bytes(2) + (40001).to_bytes(2, "big"))


@pytest.mark.parametrize("size", range(6))
def test_what_is_too_short_does_not_pass(size):
    assert not passes(fields_equal(ECHO_OF_7, behind_ipv4=False), bytes((129, 0, 0, 0, 0))[:size] or b"\0")
