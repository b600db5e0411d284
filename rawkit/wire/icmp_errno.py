"""What an ICMP error is to a socket: the `errno` that Linux gives (`icmp_err_convert`, `tab_unreach` in it)."""

from __future__ import annotations

from typing import Final

from rawkit.facts import icmp, icmpv6

_UNREACHABLE: Final = (
    "ENETUNREACH", "EHOSTUNREACH", "ENOPROTOOPT", "ECONNREFUSED", "EMSGSIZE", "EOPNOTSUPP", "ENETUNREACH", "EHOSTDOWN",
    "ENONET", "ENETUNREACH", "EHOSTUNREACH", "ENETUNREACH", "EHOSTUNREACH", "EHOSTUNREACH", "EHOSTUNREACH",
    "EHOSTUNREACH",
)  # fmt: skip
_UNREACHABLE_6: Final = (
    "ENETUNREACH", "EACCES", "EHOSTUNREACH", "EHOSTUNREACH", "ECONNREFUSED", "EACCES", "EACCES",
)  # fmt: skip
PARAMETER_PROBLEMS: Final = ((4, icmp.PARAMETER_PROBLEM), (6, icmpv6.PARAMETER_PROBLEM))


def is_unreachable(version: int, kind: int) -> bool:
    """Whether a type of ICMP (version 4) or ICMPv6 (6) is "destination unreachable"."""
    return kind == (icmp.DESTINATION_UNREACHABLE if version == 4 else icmpv6.DESTINATION_UNREACHABLE)


def errno_name(version: int, kind: int, code: int) -> str:
    """The `errno` of a type and code.

    >>> errno_name(4, 3, 3), errno_name(6, 1, 4), errno_name(4, 11, 0)
    ('ECONNREFUSED', 'ECONNREFUSED', 'EHOSTUNREACH')
    """
    codes = _UNREACHABLE if version == 4 else _UNREACHABLE_6
    if is_unreachable(version, kind) and code < len(codes):
        return codes[code]
    if (version, kind) == (6, icmpv6.PACKET_TOO_BIG):
        return "EMSGSIZE"
    return "EPROTO" if (version, kind) in PARAMETER_PROBLEMS else "EHOSTUNREACH"
