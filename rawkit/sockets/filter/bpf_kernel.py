"""The classic BPF machine over the frames of a batch (Linux filter.rst under Documentation/networking; libpcap).

See `rawkit.kernels` for the rules. Words are 32 bits wide and unsigned; they are kept in larger integers, and cut
where an operation can make them longer. A program is checked before it runs: see `rawkit.sockets.filter.bpf`.
"""

from __future__ import annotations

from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32

CLASS, MODE, SIZE, OPERATION, SOURCE = 0x07, 0xE0, 0x18, 0xF0, 0x08
LD, LDX, ST, STX, ALU, JMP, RET, MISC = 0, 1, 2, 3, 4, 5, 6, 7
IMM, ABS, IND, MEM, LEN, MSH = 0x00, 0x20, 0x40, 0x60, 0x80, 0xA0
W, H, B = 0x00, 0x08, 0x10
ADD, SUB, MUL, DIV, OR, AND = 0x00, 0x10, 0x20, 0x30, 0x40, 0x50
LSH, RSH, NEG, MOD, XOR = 0x60, 0x70, 0x80, 0x90, 0xA0
JA, JEQ, JGT, JGE, JSET = 0x00, 0x10, 0x20, 0x30, 0x40
K, X, A = 0x00, 0x08, 0x10
TXA = 0x80
MEMWORDS = 16
WORD = 0xFFFFFFFF
OUTSIDE = -1
"""What a load gives that reaches out of the packet: the frame does not match."""


def match_frames(
    code: Ints,
    jt: Ints,
    jf: Ints,
    k: Ints,
    data: Ints,
    offset: Ints,
    captured: Ints,
    length: Ints,
    memory: Ints,
    result: Ints,
) -> None:
    """Puts into `result[i]` what the program returns for frame i: the bytes to keep of it, 0 for none."""
    for i in range(len(offset)):
        result[i] = run(code, jt, jf, k, data, offset[i], captured[i], length[i], memory)


def load(data: Ints, start: int, captured: int, at: int, size: int) -> int:
    """The big-endian value at `at` of a packet, or OUTSIDE."""
    place = start + at
    if size == B:
        return u8(data, place) if at < captured else OUTSIDE
    if size == H:
        return u16(data, place) if at + 2 <= captured else OUTSIDE
    return u32(data, place) if at + 4 <= captured else OUTSIDE


def calculate(operation: int, a: int, b: int) -> int:
    """One ALU operation on two words; OUTSIDE for a division by zero."""
    if operation == AND:
        return a & b
    if operation == ADD:
        return (a + b) & WORD
    if operation == SUB:
        return (a - b) & WORD
    if operation == OR:
        return a | b
    if operation == XOR:
        return a ^ b
    if operation == LSH:
        return (a << b) & WORD if b < 32 else 0
    if operation == RSH:
        return a >> b if b < 32 else 0
    if operation == MUL:
        # In two halves: the whole product of two words does not fit into an int64.
        return (a * (b & 0xFFFF) + ((a * (b >> 16) & 0xFFFF) << 16)) & WORD
    if operation == NEG:
        return -a & WORD
    if b == 0:
        return OUTSIDE
    if operation == DIV:
        return a // b
    return a % b


def holds(operation: int, a: int, b: int) -> bool:
    """Whether a conditional jump goes to its `jt`."""
    if operation == JEQ:
        return a == b
    if operation == JGT:
        return a > b
    if operation == JGE:
        return a >= b
    return a & b != 0


def run(
    code: Ints,
    jt: Ints,
    jf: Ints,
    k: Ints,
    data: Ints,
    start: int,
    captured: int,
    length: int,
    memory: Ints,
) -> int:
    """What the program returns for one frame. Jumps go forward only, so it takes at most a step an instruction."""
    a = 0
    x = 0
    pc = 0
    for i in range(len(memory)):
        memory[i] = 0
    while pc < len(code):
        op = code[pc]
        kind = op & CLASS
        value = k[pc]
        if kind == LD or kind == LDX:
            mode = op & MODE
            if mode == LEN:
                value = length
            elif mode == MEM:
                value = memory[value]
            elif mode == MSH:
                value = load(data, start, captured, value, B)
                if value != OUTSIDE:
                    value = (value & 15) << 2
            elif mode != IMM:
                value = load(data, start, captured, value + (x if mode == IND else 0), op & SIZE)
            if value == OUTSIDE:
                return 0
            if kind == LD:
                a = value
            else:
                x = value
        elif kind == JMP:
            if op & OPERATION == JA:
                pc += value
            elif holds(op & OPERATION, a, x if op & SOURCE == X else value):
                pc += jt[pc]
            else:
                pc += jf[pc]
        elif kind == ALU:
            a = calculate(op & OPERATION, a, x if op & SOURCE == X else value)
            if a == OUTSIDE:
                return 0
        elif kind == RET:
            return a if op & 0x18 == A else (x if op & 0x18 == X else value)
        elif kind == ST:
            memory[value] = a
        elif kind == STX:
            memory[value] = x
        elif op & 0xF8 == TXA:
            a = x
        else:
            x = a
        pc += 1
    return 0
