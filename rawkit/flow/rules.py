"""How flows are told apart, and what is believed of their packets: choices of whoever looks at a capture."""

from __future__ import annotations

from typing import Final, Literal, get_args

from rawkit.errors import RawkitError
from rawkit.values import dataclass

Checksums = Literal["auto", "verify", "ignore"]
Vlan = Literal["separate", "ignore"]
CHECKSUMS: Final = get_args(Checksums)
VLAN: Final = get_args(Vlan)
Tunnels = Literal["both", "inner", "outer"]
TUNNELS: Final = get_args(Tunnels)
FLOW_MEMORY: Final = 640 << 20
"""Bytes for open flows, where nobody chooses."""


@dataclass(frozen=True, slots=True)
class FlowRules:
    """The rules of one pass over a capture.

    Attributes:
        checksums: what a wrong TCP or UDP checksum means. `verify`: the packet changes nothing, as its receiver drops
            it. `ignore`: nothing, as with `zeek -C`. `auto`: as `verify`, but where wrong ones are the rule in a
            direction, or the peer acknowledges what they cover, they count: a card fills them in, or the capture was
            edited.
        vlan: whether VLAN ids tell flows apart (`separate`), or the same endpoints are one flow in all of them
            (`ignore`), which is for captures where they depend on the direction.
        tunnels: which flows there are where packets carry others: the innermost and all that carry them (`both`, as
            Zeek has it), the innermost only (`inner`), the outermost only (`outer`).
        memory: bytes for the flows that are open at once. Where more are open, the oldest attempts to connect that are
            one SYN without an answer are counted together, and where there are none the flow is told, and ended, whose
            time-out comes next.

    Raises RawkitError for a value that there is not.

    >>> FlowRules(checksums="never")
    Traceback (most recent call last):
    rawkit.errors.RawkitError: checksums 'never': give one of auto, verify, ignore
    """

    checksums: Checksums = "auto"
    vlan: Vlan = "separate"
    tunnels: Tunnels = "both"
    memory: int = FLOW_MEMORY

    def __post_init__(self) -> None:
        chosen = (
            ("checksums", self.checksums, CHECKSUMS), ("vlan", self.vlan, VLAN), ("tunnels", self.tunnels, TUNNELS),
        )  # fmt: skip
        for name, given, known in chosen:
            if given not in known:
                raise RawkitError(f"{name} {given!r}: give one of {', '.join(known)}")
        if self.memory < 0:
            raise RawkitError(f"memory {self.memory}: give a number of bytes")


DEFAULT_RULES: Final = FlowRules()
