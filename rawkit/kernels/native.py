"""Compiled kernels as machine code: kept in files, loaded and called without the compiler.

numba takes 0.3 s to import and 0.2 s to load what it has in its own cache; most runs of rawkit are shorter. So the code
that it makes of a kernel is kept here as an object file, and brought back by `rawkit.kernels.elf`, or by LLVM's own
loader (llvmlite, 0.04 s) where that does not know the processor. Neither NumPy nor llvmlite is imported for it. The
calling convention is numba's (its documentation, "Notes on the calling convention"): the return value through a
pointer, a status as the result, an array as seven numbers.
"""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Callable
from typing import Any, Final

from rawkit.kernels.elf import DamagedError, UnknownFormError, check_for_llvm, place
from rawkit.values import dataclass

STATUS_OK: Final = 0
STATUS_NONE: Final = -2  # the function returns nothing
ARRAY: Final = ("meminfo", "parent", "nitems", "itemsize", "data", "shape", "strides")
"""What an array is passed as, by numba's names."""


@dataclass(frozen=True, slots=True)
class Code:
    """The machine code of one kernel.

    Attributes:
        symbol: the function's name in the object file.
        results: how many 64-bit integers it returns; 0 for none.
        is_bool: whether the one result is a truth value, of one byte.
        image: the object file.
    """

    symbol: str
    results: int
    is_bool: bool
    image: bytes

    def pack(self, made_of: str) -> bytes:
        """The code as the bytes of a file.

        Args:
            made_of: what the code is, and all that it depends on; the file is good for nothing else.

        >>> Code.unpack(Code("f", 2, False, b"\\x7fELF").pack("f 1.0"), "f 1.0")
        Code(symbol='f', results=2, is_bool=False, image=b'\\x7fELF')
        """
        head = f"{self.symbol} {self.results} {int(self.is_bool)}".encode()
        return b"%s %s\n%s" % (head, _digest(made_of, head, self.image), self.image)

    @classmethod
    def unpack(cls, content: bytes, made_of: str) -> Code:
        """What `pack` made; ValueError where it is something else, of something else, or not whole.

        The digest finds what came about by accident, and files under a wrong name. Who writes a file on purpose can
        write its digest too: against them there is nothing but the folder, in which nobody else can write.
        """
        first, _, image = content.partition(b"\n")
        head, _, digest = first.rpartition(b" ")
        if digest != _digest(made_of, head, image):
            raise ValueError("the code of a kernel is damaged, or another one's")
        symbol, results, is_bool = head.decode().split(" ")
        return cls(symbol, int(results), is_bool == "1", image)


def _digest(made_of: str, head: bytes, image: bytes) -> bytes:
    return hashlib.sha256(b"%s\0%s\0%s" % (made_of.encode(), head, image)).hexdigest().encode()


class Loader:
    """Loads machine code into this process; each function keeps its own code alive."""

    def __init__(self) -> None:
        self._llvm: Any = None

    def function(self, code: Code) -> Callable[..., Any]:
        """The kernel as a Python function of arrays and integers.

        Arrays are NumPy's, or memoryviews that can be written to. Raises ValueError, or LLVM's RuntimeError, for code
        that cannot be loaded here; none of it was run then.
        """
        try:
            placed = place(code.image)
        except UnknownFormError:
            return self._function_by_llvm(code)
        if code.symbol not in placed.functions:
            raise DamagedError(f"no function {code.symbol} in the kernel's code")
        return _caller(placed, placed.functions[code.symbol], code)

    def _function_by_llvm(self, code: Code) -> Callable[..., Any]:
        """Each has an engine of its own: finishing an engine's memory stops the code in it that another thread runs."""
        check_for_llvm(code.image)
        llvm = self._started_llvm()
        machine = llvm.Target.from_default_triple().create_target_machine(codemodel="jitdefault", jit=True)
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        engine.add_object_file(llvm.ObjectFileRef.from_data(code.image))
        engine.finalize_object()
        address = engine.get_function_address(code.symbol)
        if not address:
            raise DamagedError(f"no function {code.symbol} in the kernel's code")
        return _caller(engine, address, code)

    def _started_llvm(self) -> Any:
        if self._llvm is None:
            import llvmlite.binding as llvm

            llvm.initialize_native_target()
            llvm.initialize_native_asmprinter()
            self._llvm = llvm
        return self._llvm


def is_array(argument: Any) -> bool:
    """Whether an argument of a kernel is an array, NumPy's or a memoryview; else it is an integer.

    >>> is_array(memoryview(bytearray(8))), is_array(8)
    (True, False)
    """
    return hasattr(argument, "__setitem__")


def _caller(home: Any, address: int, code: Code) -> Callable[..., Any]:
    result_type = ctypes.c_int8 if code.is_bool else ctypes.c_int64 * max(code.results, 1)
    made: dict[int, Any] = {0: home}  # the code lives as long as what calls it

    def call(*arguments: Any) -> Any:
        flat = [None, None]
        for argument in arguments:
            _flatten(argument, flat)
        function = made.get(len(flat))
        if function is None:
            function = made[len(flat)] = ctypes.CFUNCTYPE(ctypes.c_int32, *argument_types(arguments))(address)
        result, trouble = result_type(), ctypes.c_void_p()
        flat[0], flat[1] = ctypes.byref(result), ctypes.byref(trouble)  # type: ignore[call-overload]
        status = function(*flat)
        if status not in (STATUS_OK, STATUS_NONE):
            raise IndexError(f"kernel {code.symbol} went outside an array (status {status})")
        return _result(result, code)

    return call


def _flatten(argument: Any, flat: list[Any]) -> None:
    """Adds an argument as numba passes it: an array, which has no owner, as in `ARRAY`; an integer as it is."""
    if is_array(argument):
        size = argument.nbytes // argument.itemsize
        flat += (None, None, size, argument.itemsize, address_of(argument), size, argument.itemsize)
    else:
        flat.append(int(argument))


def address_of(array: Any) -> int:
    """Where the first entry of an array is in memory, NumPy's or a memoryview that can be written to."""
    if isinstance(array, memoryview):
        return ctypes.addressof(ctypes.c_char.from_buffer(array)) if array.nbytes else 0
    return int(array.__array_interface__["data"][0])


def argument_types(arguments: tuple[Any, ...]) -> list[Any]:
    """The types in C of all that a kernel is called with, beginning with where its results go."""
    pointer, number = ctypes.c_void_p, ctypes.c_int64
    types: list[Any] = [pointer, pointer]
    for argument in arguments:
        types += (pointer, pointer, number, number, pointer, number, number) if is_array(argument) else (number,)
    return types


def _result(result: Any, code: Code) -> Any:
    if code.is_bool:
        return bool(result.value)
    if code.results == 0:
        return None
    return result[0] if code.results == 1 else tuple(result)
