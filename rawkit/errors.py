"""Everything that rawkit raises on purpose: one tree, each with a reason that a person can act on.

The message of each error reads `what is wrong: what to do`; the command line prints it as one line and exits with 2.
"""

from __future__ import annotations


class RawkitError(Exception):
    """Base of every error that rawkit raises on purpose."""


class DecodeError(RawkitError):
    """Bytes that are not what a header says they are.

    Attributes:
        layer: the header's name, in lower case (`"tcp"`).
        offset: where the trouble begins, in bytes from the start of the buffer that was given.
        required: bytes that had to be there from `offset` on.
        available: bytes that were there.

    >>> str(DecodeError("udp", offset=0, required=8, available=3))
    'udp: 8 bytes required at offset 0, 3 available'
    >>> str(DecodeError("ipv4", offset=0, required=20, available=20, reason="header length 4 is under 20"))
    'ipv4: header length 4 is under 20 (at offset 0)'
    """

    def __init__(self, layer: str, *, offset: int, required: int, available: int, reason: str = "") -> None:
        self.layer, self.offset, self.required, self.available = layer, offset, required, available
        self.reason = reason
        short = f"{required} bytes required at offset {offset}, {available} available"
        super().__init__(f"{layer}: {reason} (at offset {offset})" if reason else f"{layer}: {short}")


class CaptureError(RawkitError):
    """A capture file or a receive ring that cannot be read or written."""


class SendError(RawkitError):
    """Frames that could not be sent."""


class PrivilegeError(RawkitError):
    """The system does not allow it to this user."""


class FilterError(RawkitError):
    """A filter that is none: of tcpdump's language, or of Wireshark's.

    Attributes:
        at: where in the text it is wrong, counted from 0; None where that is not known.
        what: is wrong there.
    """

    def __init__(self, message: str, at: int | None = None, what: str = "") -> None:
        super().__init__(message)
        self.at, self.what = at, what


class TargetError(RawkitError):
    """A host, port or interface that does not name what it should."""


class MissingError(TargetError):
    """Something that has to be named was not: a target, a port."""


class KernelError(RawkitError):
    """Kernels that cannot run compiled on this machine, or with this version of numba."""


class LabError(RawkitError):
    """A test network that cannot be described or built."""
