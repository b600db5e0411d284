"""Machine code out of an object file (ELF), put into memory without a linker.

LLVM's own loader takes 0.04 s to import, more than all kernels together take to load. What numba makes of a kernel
calls at most memset(3) and its like, and its large code model leaves one kind of reference to fill in: a 64-bit address
(R_X86_64_64 of the System V ABI, AMD64 supplement). Such a file is loaded here, any other one is refused.

It is refused in one of two ways. A sound file with something in it that is not understood here may be loaded by LLVM.
A file that is not whole, leads out of itself, or was made for another machine is for nobody to run: LLVM trusts what it
is given, and ends the process over some of it.
"""

from __future__ import annotations

import ctypes
import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final, NamedTuple

from rawkit.values import dataclass

_MAGIC: Final = b"\x7fELF"
_64_BIT_LITTLE: Final = b"\x02\x01"
_RELOCATABLE: Final = 1
_X86_64: Final = b"\x3e\0"  # EM_X86_64, 62
_ADDRESS_64: Final = 1  # R_X86_64_64
_RELATIVE_64: Final = 24  # R_X86_64_PC64
_SYMBOLS, _RELOCATIONS, _NO_BITS, _PLAIN_RELOCATIONS = 2, 4, 8, 9  # sh_type
_WRITABLE, _LOADED, _EXECUTABLE = 1, 2, 4  # sh_flags
_HARMLESS: Final = 0x10 | 0x20 | 0x40 | 0x200 | 0x10000000  # merge, strings, info link, group, large (x86-64)
_FUNCTION: Final = 2  # STT_FUNC
_HEADER: Final = struct.Struct("<16xH22xQ10xHH")  # e_type, e_shoff, e_shentsize, e_shnum
_SECTION: Final = struct.Struct("<IIQQQQIIQQ")
_SYMBOL: Final = struct.Struct("<IBBHQQ")
_RELOCATION: Final = struct.Struct("<QQq")
_ADDRESS: Final = struct.Struct("<Q")
_ELSEWHERE: Final = 0  # SHN_UNDEF
_LIBC: Final = frozenset({"memcpy", "memmove", "memset"})


class DamagedError(ValueError):
    """Something that is no whole object file of this machine."""


class UnknownFormError(ValueError):
    """An object file of this machine with something in it that is not understood here."""


class _Section(NamedTuple):
    """A section header (Elf64_Shdr)."""

    name: int
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int
    entry: int


class _Symbol(NamedTuple):
    """A name in the symbol table (Elf64_Sym)."""

    name: str
    kind: int
    home: int
    value: int


class _Object(NamedTuple):
    """A file taken apart; `table` is the number of the section with the symbols."""

    image: bytes
    sections: list[_Section]
    table: int
    symbols: list[_Symbol]


@dataclass(frozen=True, slots=True)
class Placed:
    """Code in memory, which stays there as long as this object does.

    Attributes:
        memory: the code.
        functions: the address of each function by its name.
    """

    memory: mmap.mmap
    functions: dict[str, int]


def place(image: bytes) -> Placed:
    """Puts an object file's code into memory, ready to be called.

    Raises DamagedError for what nobody should run: another machine's code, another kind of file, one that is cut short
    or whose parts lie outside of it. Raises UnknownFormError for what only this cannot load: data that can be written
    to, another kind of reference, a name that it does not know.

    >>> place(b"#!/bin/sh")
    Traceback (most recent call last):
        ...
    rawkit.kernels.elf.DamagedError: no object file of this machine
    """
    with _whole_only():
        found = _object(image)
        if _machine()[2:] != _X86_64:
            raise UnknownFormError("the code of another processor than x86-64")
        return _place(found)


def check_for_llvm(image: bytes) -> None:
    """Raises as `place` does, for what nobody should run, and for what LLVM's loader would end the process over.

    That is a name that this process does not have, and, on x86-64, a reference of 32 bits: LLVM puts code where the
    system likes, and that may be too far from what the reference leads to.
    """
    with _whole_only():
        found = _object(image)
        for symbol in found.symbols:
            if symbol.home == _ELSEWHERE and symbol.name and not hasattr(ctypes.CDLL(None), symbol.name):
                raise UnknownFormError(f"a reference to {symbol.name}, which is nowhere")
        if _machine()[2:] == _X86_64:
            for section in found.sections:
                if section.kind == _RELOCATIONS and found.sections[section.info].flags & _LOADED:
                    _check_kinds(_content(image, section))


def _check_kinds(references: bytes) -> None:
    for _, info, _ in _RELOCATION.iter_unpack(references):
        if info & 0xFFFFFFFF not in (_ADDRESS_64, _RELATIVE_64):
            raise UnknownFormError(f"a reference of kind {info & 0xFFFFFFFF}")


@contextmanager
def _whole_only() -> Iterator[None]:
    try:
        yield
    except (DamagedError, UnknownFormError):
        raise
    except (struct.error, IndexError, OverflowError, ValueError) as error:
        raise DamagedError(f"no whole object file: {error}") from None


@cache
def _machine() -> bytes:
    """Class, byte order and processor of this process, as the header of its own program has them."""
    with open("/proc/self/exe", "rb") as file:
        head = file.read(20)
    return head[4:6] + head[18:20]


def _sections(image: bytes) -> list[_Section]:
    if not image.startswith(_MAGIC) or image[4:6] + image[18:20] != _machine():
        raise DamagedError("no object file of this machine")
    if image[4:6] != _64_BIT_LITTLE:
        raise UnknownFormError("numbers of another size or order")
    kind, table, size, count = _HEADER.unpack_from(image, 0)
    if kind != _RELOCATABLE or size != _SECTION.size:
        raise DamagedError(f"a file of kind {kind} with section headers of {size} bytes")
    return [_Section(*_SECTION.unpack_from(image, table + number * size)) for number in range(count)]


def _place(found: _Object) -> Placed:
    sections = found.sections
    offsets, size = _offsets(sections)
    contents = {number: _content(found.image, sections[number]) for number in offsets}
    memory = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    for number, content in contents.items():
        memory[offsets[number] : offsets[number] + len(content)] = content
    for section in sections:
        if section.kind in (_RELOCATIONS, _PLAIN_RELOCATIONS) and section.info in offsets:
            _relocate(memory, base, offsets, found, section)
    _make_executable(base, size)
    functions = (symbol for symbol in found.symbols if _is_function(symbol, sections))
    return Placed(memory, {symbol.name: base + offsets[symbol.home] + symbol.value for symbol in functions})


def _offsets(sections: list[_Section]) -> tuple[dict[int, int], int]:
    """Where in memory each section goes that has to be there, and how much that takes."""
    offsets, end = {}, 0
    for number, section in enumerate(sections):
        if section.flags & _LOADED:
            if section.flags & ~(_LOADED | _EXECUTABLE | _HARMLESS) or section.kind == _NO_BITS:
                raise UnknownFormError("data that can be written to, or something else that is no code")
            alignment = max(section.alignment, 1)
            if alignment > mmap.PAGESIZE or alignment & (alignment - 1):
                raise DamagedError(f"an alignment of {alignment}")
            offsets[number] = -(-end // alignment) * alignment
            end = offsets[number] + section.size
    return offsets, max(end, 1)


def _content(image: bytes, section: _Section) -> bytes:
    content = image[section.offset : section.offset + section.size]
    if len(content) != section.size:
        raise DamagedError("cut short")
    return content


def _object(image: bytes) -> _Object:
    sections = _sections(image)
    tables = [number for number, section in enumerate(sections) if section.kind == _SYMBOLS]
    if len(tables) != 1:
        raise DamagedError(f"{len(tables)} tables of symbols")
    table = sections[tables[0]]
    names = _content(image, sections[table.link])
    symbols = []
    for at, info, _, home, value, _ in _SYMBOL.iter_unpack(_content(image, table)):
        if _ELSEWHERE < home < len(sections) and value > sections[home].size:
            raise DamagedError("a symbol outside of its section")
        symbols.append(_Symbol(names[at : names.index(b"\0", at)].decode(), info & 15, home, value))
    return _Object(image, sections, tables[0], symbols)


def _is_function(symbol: _Symbol, sections: list[_Section]) -> bool:
    if symbol.kind != _FUNCTION or symbol.home == _ELSEWHERE or symbol.home >= len(sections):
        return False
    home = sections[symbol.home]
    return home.flags & (_LOADED | _EXECUTABLE) == _LOADED | _EXECUTABLE and symbol.value < home.size


def _relocate(memory: mmap.mmap, base: int, offsets: dict[int, int], found: _Object, references: _Section) -> None:
    """Fills in the references of a section: each lies in it, and leads into this code or to the C library."""
    if references.kind == _PLAIN_RELOCATIONS:
        raise UnknownFormError("references without addends")
    if references.link != found.table:
        raise DamagedError("references without symbols")
    begin, size = offsets[references.info], found.sections[references.info].size
    for offset, info, addend in _RELOCATION.iter_unpack(_content(found.image, references)):
        symbol = found.symbols[info >> 32]
        if info & 0xFFFFFFFF != _ADDRESS_64:
            raise UnknownFormError(f"a reference of kind {info & 0xFFFFFFFF}")
        if offset + _ADDRESS.size > size:
            raise DamagedError("a reference outside of its section")
        if symbol.home in offsets:
            target = offsets[symbol.home] + symbol.value + addend
            if not 0 <= target <= len(memory):
                raise DamagedError("a reference that leads out of the code")
            address = base + target
        else:
            address = _from_libc(symbol, addend)
        _ADDRESS.pack_into(memory, begin + offset, address)


def _from_libc(symbol: _Symbol, addend: int) -> int:
    """What the compiler calls for longer stretches of memory is the C library's."""
    if symbol.home != _ELSEWHERE or symbol.name not in _LIBC or addend:
        raise UnknownFormError(f"a reference to {symbol.name or 'nothing'}")
    return ctypes.cast(getattr(ctypes.CDLL(None), symbol.name), ctypes.c_void_p).value or 0


def _make_executable(base: int, size: int) -> None:
    """From here on the memory can be run, and not be written to any more."""
    protect = ctypes.CDLL(None, use_errno=True).mprotect
    protect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    if protect(base, size, mmap.PROT_READ | mmap.PROT_EXEC) != 0:
        raise UnknownFormError("the system does not let it run")
