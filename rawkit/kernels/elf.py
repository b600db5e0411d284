"""Machine code out of an object file (ELF), put into memory without a linker.

LLVM's own loader takes 0.04 s to import, more than all kernels together take to load. What numba makes of a kernel
calls at most memset(3) and its like, and its large code model leaves one kind of reference to fill in: a 64-bit address
(R_X86_64_64 of the System V ABI, AMD64 supplement). Such a file is loaded here, any other one is refused.
"""

from __future__ import annotations

import ctypes
import mmap
import struct
import sys
from dataclasses import dataclass
from typing import Final, NamedTuple

_MAGIC: Final = b"\x7fELF\x02\x01\x01"  # 64 bits, little-endian, version 1
_RELOCATABLE: Final = 1
_X86_64: Final = 62
_ADDRESS_64: Final = 1  # R_X86_64_64
_SYMBOLS, _RELOCATIONS, _NO_BITS, _PLAIN_RELOCATIONS = 2, 4, 8, 9  # sh_type
_WRITABLE, _LOADED = 1, 2  # sh_flags
_SECTION: Final = struct.Struct("<IIQQQQIIQQ")
_SYMBOL: Final = struct.Struct("<IBBHQQ")
_RELOCATION: Final = struct.Struct("<QQq")
_ELSEWHERE: Final = 0  # SHN_UNDEF
_LIBC: Final = frozenset({"memcpy", "memmove", "memset"})


class UnknownFormError(ValueError):
    """An object file with something in it that is not understood here."""


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


@dataclass(frozen=True, slots=True)
class Placed:
    """Code in memory, which stays there as long as this object does.

    Attributes:
        memory: the code.
        symbols: the address of each name.
    """

    memory: mmap.mmap
    symbols: dict[str, int]


def place(image: bytes) -> Placed:
    """Puts an object file's code into memory, ready to be called.

    Raises UnknownFormError for what this cannot load: another processor's code, another kind of file or reference,
    a name that it does not define.

    >>> place(b"#!/bin/sh")
    Traceback (most recent call last):
        ...
    rawkit.kernels.elf.UnknownFormError: no object file of this processor
    """
    try:
        return _place(image)
    except (struct.error, IndexError) as error:
        raise UnknownFormError(f"no whole object file: {error}") from None


def _place(image: bytes) -> Placed:
    sections = _sections(image)
    places, size = _places(sections)
    memory = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    for number, at in places.items():
        memory[at : at + sections[number].size] = _content(image, sections[number])
    addresses = _symbols(image, sections, {number: base + at for number, at in places.items()})
    for section in sections:
        if section.kind in (_RELOCATIONS, _PLAIN_RELOCATIONS) and section.info in places:
            _relocate(memory, places[section.info], section, image, [address for _, address in addresses])
    _make_executable(base, size)
    return Placed(memory, {name: address for name, address in addresses if name and address is not None})


def _sections(image: bytes) -> list[_Section]:
    is_ours = image.startswith(_MAGIC) and struct.calcsize("P") == 8 and sys.byteorder == "little"
    if not is_ours or struct.unpack_from("<HH", image, 16) != (_RELOCATABLE, _X86_64):
        raise UnknownFormError("no object file of this processor")
    (table,) = struct.unpack_from("<Q", image, 40)
    size, count = struct.unpack_from("<HH", image, 58)
    if size != _SECTION.size:
        raise UnknownFormError(f"section headers of {size} bytes")
    return [_Section(*_SECTION.unpack_from(image, table + number * size)) for number in range(count)]


def _places(sections: list[_Section]) -> tuple[dict[int, int], int]:
    """Where in memory each section goes that has to be there, and how much that takes."""
    places, end = {}, 0
    for number, section in enumerate(sections):
        if section.flags & _LOADED:
            if section.flags & _WRITABLE or section.kind == _NO_BITS:
                raise UnknownFormError("data that can be written to")
            places[number] = -(-end // max(section.alignment, 1)) * max(section.alignment, 1)
            end = places[number] + section.size
    return places, max(end, 1)


def _content(image: bytes, section: _Section) -> bytes:
    content = image[section.offset : section.offset + section.size]
    if len(content) != section.size:
        raise UnknownFormError("cut short")
    return content


def _symbols(image: bytes, sections: list[_Section], at: dict[int, int]) -> list[tuple[str, int | None]]:
    """Name and address of each symbol, in order; None where it has no place in memory."""
    found: list[tuple[str, int | None]] = []
    for table in (section for section in sections if section.kind == _SYMBOLS):
        names = _content(image, sections[table.link])
        for name, _, _, home, value, _ in _SYMBOL.iter_unpack(_content(image, table)):
            text = names[name : names.index(b"\0", name)].decode()
            found.append((text, _from_libc(text) if home == _ELSEWHERE else at[home] + value if home in at else None))
    return found


def _from_libc(name: str) -> int | None:
    """What the compiler calls for longer stretches of memory is the C library's."""
    if name not in _LIBC:
        return None
    return ctypes.cast(getattr(ctypes.CDLL(None), name), ctypes.c_void_p).value


def _relocate(memory: mmap.mmap, begin: int, section: _Section, image: bytes, addresses: list[int | None]) -> None:
    """Fills in the references of a section, which begins at `begin`."""
    if section.kind == _PLAIN_RELOCATIONS:
        raise UnknownFormError("references without addends")
    for offset, info, addend in _RELOCATION.iter_unpack(_content(image, section)):
        address = addresses[info >> 32]
        if info & 0xFFFFFFFF != _ADDRESS_64 or address is None:
            raise UnknownFormError(f"a reference of kind {info & 0xFFFFFFFF}")
        struct.pack_into("<Q", memory, begin + offset, address + addend)


def _make_executable(base: int, size: int) -> None:
    """From here on the memory can be run, and not be written to any more."""
    protect = ctypes.CDLL(None, use_errno=True).mprotect
    protect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    if protect(base, size, mmap.PROT_READ | mmap.PROT_EXEC) != 0:
        raise UnknownFormError("the system does not let it run")
