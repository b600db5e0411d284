"""Object files put into memory: those that kernels are kept in, and what is none."""

from __future__ import annotations

import ctypes
import mmap
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawkit.kernels import Engine, cache_folder, elf
from rawkit.kernels.elf import DamagedError, UnknownFormError, check_for_llvm, place
from rawkit.kernels.native import Code

SYMBOLS, RELOCATIONS = 2, 4  # sh_type
FLAGS, SIZE, ALIGNMENT = 8, 32, 48  # in a section header (Elf64_Shdr)


def patched(image: bytes, offset: int, form: str, value: int) -> bytes:
    changed = bytearray(image)
    struct.pack_into(form, changed, offset, value)
    return bytes(changed)


def headers(image: bytes) -> list[int]:
    """Where each section's header is."""
    (table,) = struct.unpack_from("<Q", image, 40)
    (count,) = struct.unpack_from("<H", image, 60)
    return [table + 64 * number for number in range(count)]


def first(image: bytes, kind: int) -> tuple[int, int]:
    """Where the header of the first section of a kind is, and where its content."""
    header = next(at for at in headers(image) if struct.unpack_from("<I", image, at + 4)[0] == kind)
    return header, struct.unpack_from("<Q", image, header + 24)[0]


def symbol_at(image: bytes, name: str) -> int:
    """Where a symbol is in the table (Elf64_Sym)."""
    header, content = first(image, SYMBOLS)
    (strings,) = struct.unpack_from("<I", image, header + 40)
    (names,) = struct.unpack_from("<Q", image, headers(image)[strings] + 24)
    (size,) = struct.unpack_from("<Q", image, header + SIZE)
    for at in range(content, content + size, 24):
        if image.startswith(name.encode() + b"\0", names + struct.unpack_from("<I", image, at)[0]):
            return at
    raise AssertionError(name)


def loaded(code: Code) -> int:
    """Where the header of the section is that the function is in."""
    (home,) = struct.unpack_from("<H", code.image, symbol_at(code.image, code.symbol) + 6)
    return headers(code.image)[home]


def test_every_kernel_is_loaded_without_llvm(code: Code) -> None:
    """Else each start would be 0.04 s longer, and nobody would see why."""
    assert code.symbol in place(code.image).functions
    Engine("compiled").call("rawkit.sockets.receive.ring_kernel", "chain", 0, *chain_arguments())
    folder = cache_folder()
    assert folder is not None
    files = list(folder.path.glob("*.o"))
    assert files
    for path in files:
        head, _, image = path.read_bytes().partition(b"\n")
        assert head.decode().split(" ")[0] in place(image).functions


def chain_arguments() -> tuple[object, ...]:
    import numpy as np

    return np.zeros(16, dtype=np.uint32), 0, np.zeros(2, dtype=np.int64)


@pytest.mark.parametrize(
    ("offset", "form", "value"),
    [
        (4, "B", 1),  # 32 bits
        (5, "B", 2),  # big-endian
        (16, "<H", 2),  # a program
        (18, "<H", 183),  # EM_AARCH64
        (18, "<H", 3),  # EM_386
        (18, "<H", 0),
        (58, "<H", 40),  # section headers of another size
        (60, "<H", 0),  # none of them
        (40, "<Q", 1 << 63),  # they are nowhere
    ],
)
def test_what_is_no_object_file_of_this_machine_is_refused(code: Code, offset: int, form: str, value: int) -> None:
    for read in (place, check_for_llvm):
        with pytest.raises(DamagedError):
            read(patched(code.image, offset, form, value))


def test_what_is_cut_short_is_refused(code: Code) -> None:
    for size in range(0, len(code.image), 97):
        with pytest.raises(DamagedError):
            place(code.image[:size])


@pytest.mark.parametrize("machine", [b"\x02\x01\xb7\0", b"\x01\x01\x28\0", b"\x02\x02\x16\0"])
def test_on_another_machine_it_is_refused(code: Code, monkeypatch: pytest.MonkeyPatch, machine: bytes) -> None:
    """AArch64, 32-bit ARM and S/390, as their programs say of themselves."""
    monkeypatch.setattr("rawkit.kernels.elf._machine", lambda: machine)
    with pytest.raises(DamagedError, match="no object file of this machine"):
        place(code.image)


def test_on_aarch64_it_is_for_llvm(code: Code, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rawkit.kernels.elf._machine", lambda: b"\x02\x01\xb7\0")
    theirs = patched(code.image, 18, "<H", 183)
    with pytest.raises(UnknownFormError, match="another processor"):
        place(theirs)
    check_for_llvm(theirs)


def test_this_machine_is_what_the_system_says() -> None:
    """`file` and readelf read the same bytes; here it is Python's own program."""
    from rawkit.kernels.elf import _machine

    head = Path("/proc/self/exe").read_bytes()[:20]
    assert _machine() == head[4:6] + head[18:20] == struct.pack("<BBH", 2, 1, 62)


def test_other_references_are_refused(code: Code) -> None:
    """R_X86_64_PC32, which is relative, in place of the first R_X86_64_64."""
    _, content = first(code.image, RELOCATIONS)
    with pytest.raises(UnknownFormError, match="kind 2"):
        place(patched(code.image, content + 8, "<I", 2))


def test_a_reference_outside_of_its_section_is_refused(code: Code) -> None:
    header, content = first(code.image, RELOCATIONS)
    (target,) = struct.unpack_from("<I", code.image, header + 44)
    (size,) = struct.unpack_from("<Q", code.image, headers(code.image)[target] + SIZE)
    for offset in (size - 7, size, 1 << 40, (1 << 64) - 8):
        with pytest.raises(DamagedError, match="outside of its section"):
            place(patched(code.image, content, "<Q", offset))


def test_a_reference_that_leads_out_of_the_code_is_refused(code: Code) -> None:
    _, content = first(code.image, RELOCATIONS)
    for addend in (1 << 30, -(1 << 30), (1 << 63) - 1, -(1 << 63)):
        with pytest.raises((DamagedError, UnknownFormError)):
            place(patched(code.image, content + 16, "<q", addend))


def test_a_reference_to_a_symbol_that_is_none_is_refused(code: Code) -> None:
    _, content = first(code.image, RELOCATIONS)
    with pytest.raises(DamagedError):
        place(patched(code.image, content + 12, "<I", 9999))
    with pytest.raises(UnknownFormError, match="a reference to nothing"):
        place(patched(code.image, content + 12, "<I", 0))


def test_a_function_outside_of_its_section_is_refused(code: Code) -> None:
    at = symbol_at(code.image, code.symbol)
    for value in (1 << 20, (1 << 64) - 1):
        with pytest.raises(DamagedError, match="outside of its section"):
            place(patched(code.image, at + 8, "<Q", value))


def test_only_functions_can_be_called(code: Code) -> None:
    at = symbol_at(code.image, code.symbol)
    (size,) = struct.unpack_from("<Q", code.image, loaded(code) + SIZE)
    as_data, behind = patched(code.image, at + 4, "B", 0x11), patched(code.image, at + 8, "<Q", size)
    for image in (as_data, behind):  # STT_OBJECT; the address just behind the code
        assert code.symbol not in place(image).functions


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        (FLAGS, 3, UnknownFormError),  # it can be written to
        (FLAGS, 2 | 0x400, UnknownFormError),  # one for each thread
        (ALIGNMENT, 3, DamagedError),
        (ALIGNMENT, 1 << 40, DamagedError),
        (SIZE, 1 << 40, DamagedError),
        (SIZE, (1 << 64) - 1, DamagedError),
    ],
)
def test_other_sections_are_refused(code: Code, field: int, value: int, kind: type[ValueError]) -> None:
    with pytest.raises(kind):
        place(patched(code.image, loaded(code) + field, "<Q", value))


def test_code_can_be_run_and_not_be_written_to(code: Code) -> None:
    placed = place(code.image)
    begin = next(iter(placed.functions.values())) & ~4095
    lines = [line.split() for line in Path("/proc/self/maps").read_text().splitlines()]
    modes = [line[1] for line in lines if int(line[0].split("-")[0], 16) <= begin < int(line[0].split("-")[1], 16)]
    assert modes == ["r-xp"]


EXTREMES = [0, 1, 2, 7, 8, 0xFF, 0xFFFF, 1 << 31, (1 << 32) - 1, 1 << 40, 1 << 63, (1 << 64) - 1]


@pytest.mark.slow
@settings(max_examples=600, deadline=None)
@given(data=st.data())
def test_damage_of_any_kind_is_refused_or_harmless(code: Code, data: st.DataObject) -> None:
    """It is placed only, never run: a number changed in the code itself is for the digest to find (`Code.unpack`)."""
    image = bytearray(code.image)
    interesting = [offset for at in headers(code.image) for offset in range(at, at + 64, 4)]
    interesting += [*range(0, 64, 2), *table(code.image, SYMBOLS, 4), *table(code.image, RELOCATIONS, 4)]
    for _ in range(data.draw(st.integers(1, 4))):
        where = data.draw(st.sampled_from(interesting) | st.integers(0, len(image) - 8))
        value = data.draw(st.sampled_from(EXTREMES) | st.integers(0, (1 << 64) - 1))
        form = data.draw(st.sampled_from(["B", "<H", "<I", "<Q"]))
        width = struct.calcsize(form)
        struct.pack_into(form, image, min(where, len(image) - width), value & ((1 << 8 * width) - 1))
    cut = data.draw(st.none() | st.integers(0, len(image)))
    spans: list[tuple[int, int]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(elf, "_make_executable", lambda base, size: spans.append((base, size)))
        try:
            placed = place(bytes(image[:cut]))
        except (DamagedError, UnknownFormError):
            return
    ((base, size),) = spans
    assert size == len(placed.memory) < 2 * len(image) + 8 * mmap.PAGESIZE
    assert all(base <= address < base + size for address in placed.functions.values())


def table(image: bytes, kind: int, step: int) -> range:
    header, content = first(image, kind)
    return range(content, content + struct.unpack_from("<Q", image, header + SIZE)[0], step)


@given(content=st.binary(max_size=200) | st.binary(max_size=200).map(lambda rest: b"\x7fELF\x02\x01\x01" + rest))
def test_what_is_no_object_file_is_refused(content: bytes) -> None:
    for read in (place, check_for_llvm):
        with pytest.raises((DamagedError, UnknownFormError)):
            read(content)


def test_the_c_librarys_functions_are_its_own(code: Code) -> None:
    from rawkit.kernels.elf import _from_libc, _Symbol

    libc = ctypes.CDLL(None)
    for name in ("memset", "memcpy"):
        assert _from_libc(_Symbol(name, 0, 0, 0), 0) == ctypes.cast(getattr(libc, name), ctypes.c_void_p).value
    for symbol, addend in ((_Symbol("system", 0, 0, 0), 0), (_Symbol("memset", 0, 0, 0), 8)):
        with pytest.raises(UnknownFormError):
            _from_libc(symbol, addend)
