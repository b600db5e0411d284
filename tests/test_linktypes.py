"""Names of link types, as tcpdump prints them of a capture file without frames."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess

import pytest

from rawkit import linktypes

TCPDUMP_ELSE = {7: "ARCNET", 195: "IEEE802_15_4"}
"""Where libpcap's DLT_ has another name than the LINKTYPE_ of https://www.tcpdump.org/linktypes.html."""


@pytest.mark.referee
@pytest.mark.skipif(shutil.which("tcpdump") is None, reason="needs tcpdump")
@pytest.mark.parametrize("number", linktypes.OTHER_NAMES)
def test_tcpdump_calls_it_so(number):
    empty = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, number)
    done = subprocess.run(["tcpdump", "-r", "-"], input=empty, capture_output=True, check=True)
    (told,) = re.findall(r"link-type (\S+) \(", done.stderr.decode())
    assert told == TCPDUMP_ELSE.get(number, linktypes.name(number))


def test_a_number_has_one_name():
    assert linktypes.NAMES.keys().isdisjoint(linktypes.OTHER_NAMES)
    assert len({*linktypes.NAMES.values(), *linktypes.OTHER_NAMES.values()}) == len(linktypes.NAMES) + len(
        linktypes.OTHER_NAMES
    )
