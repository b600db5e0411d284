import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import l2

from rawkit.facts.llc import SAP_SNAP
from rawkit.wire.llc import Llc
from rawkit.wire.snap import Snap

# LLC and SNAP of an IPv4 packet as RFC 1042 writes them, and a SABME and an I frame's LLC header.
RFC1042 = bytes.fromhex("aaaa030000000800")
SABME = bytes.fromhex("04047f")
INFORMATION = bytes.fromhex("04050204")

U8 = st.integers(0, 0xFF)
UNNUMBERED = st.integers(0, 0x3F).map(lambda bits: bits << 2 | 3)
NUMBERED = st.integers(0, 0xFFFF).filter(lambda control: control >> 8 & 3 != 3 and (control > 0xFF or control & 3 != 3))
PAYLOAD = st.binary(max_size=20)
SNAPS = st.builds(Snap, st.integers(0, 0xFFFFFF), st.integers(0, 0xFFFF))


def test_taken_apart():
    header, rest = Llc.unpack(RFC1042)
    assert header == Llc(SAP_SNAP, SAP_SNAP, 0x03)
    assert Snap.unpack(rest + b"packet") == (Snap(0, 0x0800), b"packet")
    assert Llc.unpack(SABME)[0] == Llc(4, 4, 0x7F)
    assert Llc.unpack(INFORMATION)[0] == Llc(4, 5, 0x0204)


def test_a_number_that_looks_unnumbered():
    """An information frame with N(S) 0, N(R) 1 and the P bit: two bytes, as tshark reads it too (llc.control.n_r)."""
    first = bytes.fromhex("04040003")
    header, rest = Llc.unpack(first + b"text")
    assert (header, rest) == (Llc(4, 4, 0x0003, numbered=True), b"text")
    assert (header.control_length, header.pack(rest)) == (2, first + b"text")
    assert Llc.unpack(bytes.fromhex("040403") + b"text")[0] == Llc(4, 4, 0x03)
    with pytest.raises(ValueError, match="numbered is for a control that looks unnumbered, 516 does not"):
        Llc(4, 5, 0x0204, numbered=True)


def test_put_together():
    assert Llc(0xAA, 0xAA).pack(Snap(0, 0x0800).pack()) == RFC1042
    assert Llc(4, 5, 0x0204).pack() == INFORMATION


def test_too_short(every_cut):
    every_cut(Llc.unpack, SABME, "llc", [3])
    every_cut(Llc.unpack, INFORMATION, "llc", [3, 4])
    every_cut(Snap.unpack, RFC1042[3:], "snap", [5])


@given(header=st.builds(Llc, U8, U8, UNNUMBERED | NUMBERED), payload=PAYLOAD)
def test_unpack_undoes_pack(header, payload):
    assert Llc.unpack(header.pack(payload)) == (header, payload)


@given(header=st.builds(Llc, U8, U8, UNNUMBERED), payload=PAYLOAD)
def test_same_bytes_as_scapy(header, payload):
    theirs = l2.LLC(dsap=header.dsap, ssap=header.ssap, ctrl=header.control) / payload
    assert header.pack(payload) == bytes(theirs)


@given(header=SNAPS, payload=PAYLOAD)
def test_snap_agrees(header, payload):
    assert Snap.unpack(header.pack(payload)) == (header, payload)
    assert header.pack(payload) == bytes(l2.SNAP(OUI=header.oui, code=header.protocol) / payload)
    theirs = dpkt.llc.LLC(Llc(SAP_SNAP, SAP_SNAP).pack(header.pack(payload)))
    assert (theirs.oui, theirs.type) == (header.oui, header.protocol)


def test_dpkt_reads_the_same():
    theirs = dpkt.llc.LLC(Llc(0xFE, 0x04).pack(b"IS-IS"))
    assert (theirs.dsap, theirs.ssap, theirs.ctl) == (0xFE, 0x04, 0x03)


def test_an_unnumbered_control_of_two_bytes():
    with pytest.raises(ValueError, match="control of an unnumbered frame 768 does not fit 8 bits"):
        Llc(4, 4, 0x0300)
