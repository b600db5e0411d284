"""Capture filters: tcpdump's language, compiled by libpcap (pcapy-ng), over the frames of batches.

The language is that of pcap-filter(7). The bytecode is classic BPF (Linux Documentation/networking/filter.rst); it
runs here over batches that come from files, and can be attached to a socket for live capture.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rawkit import linktypes
from rawkit.errors import FilterError
from rawkit.sockets.filter import bpf_kernel as bpf
from rawkit.sockets.filter.loopback import LINKS, as_of_this_host
from rawkit.values import dataclass, field

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rawkit.frames import FrameBatch
    from rawkit.kernels import Engine

MAX_INSTRUCTIONS: Final = 4096
"""BPF_MAXINSNS of Linux."""
ANCILLARY: Final = 1 << 31
"""From this offset on a load means what the kernel knows beside the packet (SKF_AD_OFF and its like)."""

NETMASK_UNKNOWN: Final = 0xFFFFFFFF
_DLT: Final = {100: 11, linktypes.RAW: 12, 14: 12, 102: 15, 103: 16, 106: 19, 246: 18}
"""LINKTYPE numbers for which libpcap on Linux has another number of its own (pcap/dlt.h, pcap-common.c)."""
_LINK_REFUSALS: Final = ("link-layer type filtering not implemented", "unknown data link type")
_SYNTAX: Final = "syntax error"


class UnfilterableError(FilterError):
    """A filter that may be right, for frames of a link type that libpcap cannot filter."""


class Instruction(NamedTuple):
    """One BPF instruction, as `struct sock_filter` has it."""

    code: int
    jt: int
    jf: int
    k: int


@dataclass(frozen=True, slots=True)
class BpfProgram:
    """A checked BPF program for frames of one link type.

    Attributes:
        instructions: what runs, in order; jumps go forward only.
        link_type: LINKTYPE number of the frames that it is for.
        expression: where it comes from, for messages.

    Raises FilterError for instructions that Linux would not take: an unknown code, a jump out of the program, a
    memory word over 15, a division by the constant 0, no return at the end.
    """

    instructions: tuple[Instruction, ...]
    link_type: int = linktypes.ETHERNET
    expression: str = field(default="bytecode", compare=False)

    def __post_init__(self) -> None:
        _check_program(self.instructions, self.expression)

    def matches(self, batch: FrameBatch, engine: Engine) -> NDArray[np.bool_]:
        """Which frames match, a boolean a frame; FilterError if the program asks for what only the kernel knows.

        >>> from rawkit.frames import FrameBatch
        >>> from rawkit.kernels import Engine
        >>> program = parse_bytecode("4\\n48 0 0 0\\n21 0 1 65\\n6 0 0 9\\n6 0 0 0")
        >>> program.matches(FrameBatch.from_frames([b"A", b"B", b""]), Engine("interpreted")).tolist()
        [True, False, False]
        """
        import numpy as np

        if any(_is_ancillary(one) for one in self.instructions):
            raise _wrong(self.expression, "asks for what only the kernel knows: use it for live capture")
        kept = np.zeros(len(batch), dtype=np.int64)
        code, jt, jf, k = np.array(self.instructions, dtype=np.int64).T.copy()
        frames = (batch.data, batch.offset, batch.captured, batch.length)
        words = 1 + max((one.k for one in self.instructions if one.code in _MEMORY), default=-1)
        memory = np.zeros(words, dtype=np.int64)
        arguments = (code, jt, jf, k, *frames, memory, kept)
        engine.call("rawkit.sockets.filter.bpf_kernel", "match_frames", len(batch), *arguments)
        return kept > 0

    def pack(self) -> bytes:
        """The program as an array of `struct sock_filter`, as SO_ATTACH_FILTER wants it.

        >>> parse_bytecode("1\\n6 0 0 1").pack().hex()
        '0600000001000000'
        """
        return b"".join(struct.pack("=HBBI", *one) for one in self.instructions)


class FrameFilter:
    """A filter over batches of any link types: compiled for each link type when it is first met.

    A capture can hold frames of several: those that libpcap can filter are, and the others do not match.

    Attributes:
        left_out: frames of link types that libpcap cannot filter, by the LINKTYPE number.

    >>> from rawkit.frames import FrameBatch
    >>> from rawkit.kernels import Engine
    >>> frames = FrameBatch.from_frames([bytes(12) + b"\\x08\\x06", bytes(12) + b"\\x86\\xdd"])
    >>> FrameFilter("arp").mask(frames, Engine("interpreted")).tolist()
    [True, False]
    """

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.left_out: dict[int, int] = {}
        self._programs: dict[int, BpfProgram] = {}

    def mask(self, batch: FrameBatch, engine: Engine) -> NDArray[np.bool_]:
        """Which frames match, a boolean a frame; FilterError where the filter is wrong."""
        import numpy as np

        links = np.unique(batch.link_type).tolist()
        if len(links) == 1:
            return self._matches(links[0], batch, engine)
        found = np.zeros(len(batch), dtype=np.bool_)
        for link_type in links:
            rows = np.flatnonzero(batch.link_type == link_type)
            found[rows] = self._matches(link_type, batch.select(rows), engine)
        return found

    def left_out_of(self, batch: FrameBatch) -> NDArray[np.bool_]:
        """Which frames of a batch that `mask` has seen were left out, a boolean a frame."""
        import numpy as np

        return np.isin(batch.link_type, [*self.left_out])

    def check(self) -> None:
        """FilterError where all frames so far were left out, and there were some."""
        if self.left_out and not self._programs:
            raise _explain(self.expression, next(iter(self.left_out)), _LINK_REFUSALS[0])

    def _matches(self, link_type: int, batch: FrameBatch, engine: Engine) -> NDArray[np.bool_]:
        try:
            program = self.program(link_type)
        except UnfilterableError:
            import numpy as np

            self.left_out[link_type] = self.left_out.get(link_type, 0) + len(batch)
            return np.zeros(len(batch), dtype=np.bool_)
        return program.matches(as_of_this_host(batch) if link_type in LINKS else batch, engine)

    def program(self, link_type: int) -> BpfProgram:
        """The program for a link type; FilterError where there is none."""
        if link_type not in self._programs:
            self._programs[link_type] = compile_filter(self.expression, link_type)
        return self._programs[link_type]


def compile_filter(expression: str, link_type: int, snaplen: int = 262144) -> BpfProgram:
    """Compiles a filter of pcap-filter(7) for frames of a link type; an empty one matches all.

    `snaplen` is the number of bytes that a match returns. Raises FilterError, which says what libpcap says and, of a
    syntax error, where it is.

    >>> compile_filter("ip", 1).instructions[0]
    Instruction(code=40, jt=0, jf=0, k=12)
    >>> compile_filter("tcp prt 80", 1)
    Traceback (most recent call last):
        ...
    rawkit.errors.FilterError: filter "tcp prt 80": syntax error near "prt": see pcap-filter(7)
    """
    found = _libpcap(expression, link_type, snaplen)
    if isinstance(found, str):
        raise _explain(expression, link_type, found)
    return BpfProgram(tuple(Instruction(*one) for one in found), link_type, expression)


def parse_bytecode(text: str, link_type: int = linktypes.ETHERNET) -> BpfProgram:
    """A program out of what `tcpdump -ddd` prints: the number of instructions, then one a line in decimal.

    Commas do for line ends, as in the bytecode of iptables' bpf match. Raises FilterError.

    >>> parse_bytecode("2,40 0 0 12,6 0 0 262144").instructions[1].k
    262144
    """
    lines = [line.split() for line in re.split(r"[\n,]", text) if line.strip()]
    try:
        (count,), *rows = [[int(word) for word in line] for line in lines]
        program = tuple(Instruction(*row) for row in rows)
    except (ValueError, TypeError):
        raise _wrong("bytecode", "not a count and lines of four numbers: give what tcpdump -ddd prints") from None
    if count != len(program):
        raise _wrong("bytecode", f"{len(program)} instructions where {count} are announced: give all of them")
    return BpfProgram(program, link_type)


def _libpcap(expression: str, link_type: int, snaplen: int = 262144) -> list[Any] | str:
    """The instructions, or what libpcap says against them."""
    import pcapy

    try:
        dlt = _DLT.get(link_type, link_type)
        found: list[Any] = pcapy.compile(dlt, snaplen, expression, 1, NETMASK_UNKNOWN).get_bpf()
    except (pcapy.PcapError, ValueError) as error:
        return str(error)
    return found


def _wrong(expression: str, trouble: str) -> FilterError:
    shown = "".join(one if one.isprintable() else " " for one in expression)
    return FilterError(f'filter "{shown}": {trouble}')


def _explain(expression: str, link_type: int, message: str) -> FilterError:
    if any(refusal in message for refusal in _LINK_REFUSALS):
        name = linktypes.name(link_type)
        return UnfilterableError(str(_wrong(expression, f"libpcap cannot filter {name} frames: leave the filter out")))
    if _SYNTAX in message:
        token = _first_wrong_token(expression, link_type)
        message = f'{_SYNTAX} near "{token}"' if token else "it ends too soon"
    return _wrong(expression, f"{message}: see pcap-filter(7)")


_TOKEN: Final = re.compile(r"&&|\|\||<<|>>|[<>!=]=|[()\[\]<>=!&|+*%^]|[^\s()\[\]<>=!&|+*%^]+")
_OPERANDS: Final = (
    *("", "1", "tcp", "host 192.0.2.1", "192.0.2.1", "192.0.2.0/24", "port 80", "80-90", "02:00:00:00:00:01"),
    *("2001:db8::1", "mask 255.255.255.0", "mgt", "type mgt", "tcp[0] = 1", "1 = 1", "= 1", "] = 1", "0] = 1"),
)
"""Ends that make a whole filter of any beginning of one."""


def _first_wrong_token(expression: str, link_type: int) -> str | None:
    """The first token that no filter can have in this place; None where only something after the last is missing.

    libpcap tells that there is a syntax error, not where. It reads from left to right, so a beginning is good if
    some end makes a filter of it, or a filter that is wrong for another reason than its syntax.
    """
    for token in _TOKEN.finditer(expression):
        if not _is_beginning(expression[: token.end()], link_type):
            return "".join(one if one.isprintable() else " " for one in token.group())
    return None


def _is_beginning(text: str, link_type: int) -> bool:
    ends = _ends(max(text.count("(") - text.count(")"), 0))
    found = (_libpcap(f"{text} {end}", link_type) for end in ends)
    return any(not isinstance(one, str) or _SYNTAX not in one for one in found)


def _ends(depth: int) -> Iterator[str]:
    """Ends for a text in which so many parentheses are open, around primitives or inside an expression."""
    closings = (")" * depth, ")" * depth + " = 1") if depth else ("",)
    return (operand + closing for operand, closing in product(_OPERANDS, closings))


def _codes(kind: int, *others: int) -> set[int]:
    return {kind | other for other in others}


_ALU_OPERATIONS: Final = (bpf.ADD, bpf.SUB, bpf.MUL, bpf.DIV, bpf.OR, bpf.AND, bpf.LSH, bpf.RSH, bpf.MOD, bpf.XOR)
_JUMPS: Final = (bpf.JEQ, bpf.JGT, bpf.JGE, bpf.JSET)
_PACKET_LOADS: Final = {bpf.LD | mode | size for mode in (bpf.ABS, bpf.IND) for size in (bpf.W, bpf.H, bpf.B)}
_MEMORY: Final = {bpf.LD | bpf.MEM, bpf.LDX | bpf.MEM, bpf.ST, bpf.STX}
_CODES: Final = (
    _PACKET_LOADS
    | _MEMORY
    | _codes(bpf.LD, bpf.IMM, bpf.LEN)
    | _codes(bpf.LDX, bpf.IMM, bpf.LEN, bpf.MSH | bpf.B)
    | {bpf.ALU | operation | source for operation in _ALU_OPERATIONS for source in (bpf.K, bpf.X)}
    | {bpf.ALU | bpf.NEG, bpf.JMP | bpf.JA}
    | {bpf.JMP | jump | source for jump in _JUMPS for source in (bpf.K, bpf.X)}
    | _codes(bpf.RET, bpf.K, bpf.A)
    | _codes(bpf.MISC, 0, bpf.TXA)
)
_DIVISIONS: Final = _codes(bpf.ALU, bpf.DIV, bpf.MOD)


def _is_ancillary(one: Instruction) -> bool:
    return one.code in _PACKET_LOADS and one.k >= ANCILLARY


def _check_program(program: tuple[Instruction, ...], expression: str) -> None:
    if not 0 < len(program) <= MAX_INSTRUCTIONS:
        raise _wrong(expression, f"{len(program)} instructions: give 1 to {MAX_INSTRUCTIONS}")
    if program[-1].code & bpf.CLASS != bpf.RET:
        raise _wrong(expression, "the program does not end with a return: add one")
    for at, one in enumerate(program):
        trouble = _trouble(one, len(program) - at - 1)
        if trouble:
            raise _wrong(expression, f"instruction {at} {trouble}: see pcap-filter(7)")


def _trouble(one: Instruction, left: int) -> str | None:
    """What is wrong with an instruction that `left` others follow."""
    if one.code not in _CODES:
        return f"has the unknown code {one.code}"
    if not (0 <= one.jt < 256 and 0 <= one.jf < 256 and 0 <= one.k <= bpf.WORD):
        return "has a number that does not fit"
    if one.code & bpf.CLASS == bpf.JMP:
        far = one.k if one.code == bpf.JMP | bpf.JA else max(one.jt, one.jf)
        return "jumps out of the program" if far >= left else None
    if one.code in _MEMORY and one.k >= bpf.MEMWORDS:
        return "names a memory word over 15"
    return "divides by zero" if one.code in _DIVISIONS and one.k == 0 else None
