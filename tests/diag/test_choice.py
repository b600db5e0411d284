"""The filter language: what ss chooses of the same sockets, and what is wrong in one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.diag.choice import choice
from rawkit.diag.socket import Socket
from rawkit.errors import FilterError
from rawkit.run.sockets.known import Host
from rawkit.sockets.holders import Holder, Holders

HELD = Holders({7: [Holder(12, "postgres", 3)], 8: [Holder(40, "app", 5), Holder(41, "app", 5)]})
HOST = Host(lambda: HELD)


def inet(local, local_port, remote="0.0.0.0", remote_port=0, **more):
    return Socket("tcp", "ESTAB", 0, 0, local, local_port, remote, remote_port, **more)


SOCKETS = {
    "web": inet("192.0.2.1", 40000, "198.51.100.7", 443, uid=0, inode=7),
    "dns": inet("192.0.2.1", 40001, "198.51.100.8", 53, uid=12345, inode=8),
    "six": inet("2001:db8::1", 22, "2001:db8::2", 50000, interface=1),
    "mapped": inet("::ffff:192.0.2.1", 8080, "::ffff:198.51.100.7", 1024),
    "pipe": Socket("u_str", "ESTAB", 0, 0, "/run/app.sock", 0, "", 0),
    "packet": Socket("p_raw", "UNCONN", 0, 0, "ip", 0, "", 0, interface=1),
}


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("dport = :443", "web"),
        ("dport 443", None),
        ("dport eq 443 or dport = :53", "web dns"),
        ("sport >= :40000", "web dns"),
        ("( sport gt :1024 and sport < :40001 )", "web mapped"),
        ("src 192.0.2.0/24", "web dns mapped"),
        ("dst 198.51.100.7", "web mapped"),
        ("dst 198.51.100.7:443", "web"),
        ("dst = :1024", "mapped"),
        ("src [2001:db8::]/32:22", "six"),
        ("src 2001:db8::1", "six"),
        ("not src 192.0.2.1 and not dev lo", "pipe"),
        ("! ( dport = :443 || dport = :53 ) src 192.0.2.1", "mapped"),
        ("dev lo", "six packet"),
        ("dev != lo dport != :443", "dns mapped"),
        ("src /run/*", "pipe"),
        ("src unix:/run/app.sock", "pipe"),
        ("process postgres", "web"),
        ("process = app or process 12", "web dns"),
        ("process p*", "web"),
        ("process != app and src 192.0.2.1", "web mapped"),
        ("user root", "web"),
        ("user 12345", "dns"),
        ("state established exclude syn-sent and dport = :443", "web"),
    ],
)
def test_what_is_chosen(text, chosen):
    if chosen is None:
        with pytest.raises(FilterError, match="give it as in"):
            choice(text, HOST)
        return
    test = choice(text, HOST).test
    assert " ".join(name for name, one in SOCKETS.items() if test(one)) == chosen


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("state established", 1 << 1),
        ("state time-wait state listening", 1 << 6 | 1 << 10),
        ("exclude established", 0xFFF & ~(1 << 1)),
        ("state connected exclude bucket", 0xFFF & ~(1 << 7 | 1 << 10 | 1 << 0 | 1 << 3 | 1 << 6)),
        ("dport = :1", None),
    ],
)
def test_states_are_bits(text, states):
    assert choice(text, HOST).states == states


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("state open", "state open: no such state: give one of "),
        ("dport = :99999", "dport = :99999: give a number from 0 to 65535"),
        ("dport = :nonesuch", "dport = :nonesuch: no such service: "),
        ("dport =", "dport =: something is missing behind it"),
        ("port = 1", "port: no such test: give one of state, sport, dport, src"),
        ("src 300.1.1.1", "src 300.1.1.1: give an address"),
        ("src > 192.0.2.1", "src > 192.0.2.1: it is = or !="),
        ("dev nonesuch0", "dev nonesuch0: no such interface"),
        ("user nonesuch", "user nonesuch: no such user"),
        ("( dport = :1", "(: something is missing behind it"),
        ("dport = :1 )", "): nothing is open that it could close"),
        ("dport = :1 or", "or: something is missing behind it"),
        ("dport = :1 state established", "state: states stand in front of all else"),
        ("( " * 200, "more than 100 parentheses"),
    ],
)
def test_what_is_wrong(text, wrong):
    with pytest.raises(FilterError) as raised:
        choice(text, HOST)
    assert str(raised.value).startswith(wrong)


@given(st.text(max_size=60))
def test_any_text_is_a_filter_or_an_error(text):
    try:
        found = choice(text, HOST)
    except FilterError:
        return
    if found.test is not None:
        for one in SOCKETS.values():
            assert found.test(one) in (True, False)
