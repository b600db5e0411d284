"""Object files put into memory: those that kernels are kept in, and what is none."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from rawkit.kernels import Engine, cache_folder
from rawkit.kernels.elf import UnknownFormError, place
from rawkit.kernels.native import Code, Loader, address_of, is_array

ZEROS = memoryview(bytearray(64))


@pytest.fixture(scope="module")
def chain() -> Code:
    """The smallest kernel, as numba and LLVM compiled it."""
    words, places = np.zeros(16, dtype=np.uint32), np.zeros(3, dtype=np.int64)
    Engine("compiled").call("rawkit.sockets.receive.ring_kernel", "chain", 0, words, 0, places)
    folder = cache_folder()
    assert folder is not None
    codes = [Code.unpack(path.read_bytes()) for path in folder.glob("ring_kernel.chain-*.o")]
    return codes[0]


def run(function: object) -> list[int]:
    words, places = np.zeros(16, dtype=np.uint32), np.zeros(3, dtype=np.int64)
    words[0], words[2] = 8, 20
    function(words, 0, places)
    return places.tolist()


def test_it_does_what_llvms_own_loader_makes_of_it(chain: Code) -> None:
    assert run(Loader().function(chain)) == run(Loader()._function_by_llvm(chain)) == [0, 8, 28]


def test_every_kernel_is_loaded_without_llvm(chain: Code) -> None:
    """Else each start would be 0.04 s longer, and nobody would see why."""
    folder = cache_folder()
    assert folder is not None
    for path in folder.glob("*.o"):
        code = Code.unpack(path.read_bytes())
        assert code.symbol in place(code.image).symbols


def test_a_failure_in_the_code_is_an_error(chain: Code) -> None:
    """The address of the exception is one of those that are filled in."""
    with pytest.raises(IndexError, match="went outside an array"):
        Loader().function(chain)(np.full(1, 400, dtype=np.uint32), 0, np.zeros(3, dtype=np.int64))


def header(image: bytes, offset: int, form: str, value: int) -> bytes:
    changed = bytearray(image)
    struct.pack_into(form, changed, offset, value)
    return bytes(changed)


def test_other_files_are_refused(chain: Code) -> None:
    image = chain.image
    for other in (
        b"",
        image[:40],
        header(image, 4, "B", 1),  # 32 bits
        header(image, 5, "B", 2),  # big-endian
        header(image, 16, "<H", 2),  # a program
        header(image, 18, "<H", 183),  # AArch64
        header(image, 58, "<H", 40),  # section headers of another size
    ):
        with pytest.raises(UnknownFormError):
            place(other)


def test_other_references_are_refused(chain: Code) -> None:
    """R_X86_64_PC32, which is relative, in place of the first R_X86_64_64."""
    (table,) = struct.unpack_from("<Q", chain.image, 40)
    (count,) = struct.unpack_from("<H", chain.image, 60)
    sections = [struct.unpack_from("<IIQQQQIIQQ", chain.image, table + 64 * number) for number in range(count)]
    first = next(section for section in sections if section[1] == 4)
    with pytest.raises(UnknownFormError, match="kind 2"):
        place(header(chain.image, first[4] + 8, "<I", 2))


def test_arrays_and_memoryviews_are_told_from_numbers() -> None:
    numbers = np.arange(4)
    assert is_array(numbers)
    assert is_array(ZEROS)
    assert not is_array(numbers[1])
    assert not is_array(1)
    assert address_of(numbers[1:]) - address_of(numbers) == numbers.itemsize
    assert address_of(memoryview(numbers)) == address_of(numbers)
    assert address_of(ZEROS[8:]) - address_of(ZEROS) == 8
