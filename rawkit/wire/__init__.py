"""Protocol headers, one protocol a file: the layout, a frozen value class, `pack` and `unpack`.

Every file is built the same way. Its constants are byte offsets from the start of the header. A value holds
the header's fields, checked when it is made: a value out of a field's range raises `ValueError`. IP addresses
are `ipaddress` objects, MAC addresses are 6 bytes (`rawkit.wire.address`).

- `header.pack(payload)` gives the header's bytes with the payload behind it. A length, offset or checksum
  that is None is computed; one that is given is sent as it is, right or wrong. TCP, UDP, ICMPv6, DCCP and
  OSPFv3 need `src` and `dst`, since their checksums cover the addresses.
- `Header.unpack(data)` gives `(header, payload)`, with the lengths and checksums that were there, so that
  packing them again gives the same bytes. Where one protocol has several layouts (Ethernet, ICMP, ICMPv6,
  IGMP), `unpack` is a function of the module. Too few bytes, or a length that cannot be, raise `DecodeError`;
  a wrong checksum does not.

Nothing here does I/O or reads a clock.

>>> from rawkit.wire.udp import Udp
>>> Udp.unpack(Udp(53, 40000, checksum=0).pack(b"hi"))
(Udp(src_port=53, dst_port=40000, length=10, checksum=0), b'hi')
"""
