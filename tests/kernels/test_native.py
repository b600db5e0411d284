"""Code loaded by LLVM in our loader's place, code of other machines, and how numbers get in and out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rawkit.decode import Decoder
from rawkit.files import open_capture
from rawkit.flow.table.tracker import FlowTracker
from rawkit.kernels import Engine
from rawkit.kernels.elf import DamagedError, UnknownFormError, place
from rawkit.kernels.native import Code, Loader, address_of, is_array

ZEROS = memoryview(bytearray(64))
PAIR = (22 * 256 + 4, 4 * 256 + 8)
"""What `pair` returns, by hand: `rawkit.kernels.convention_kernel`."""


def pair(code: Code, loader: Loader | None = None) -> tuple[int, int]:
    numbers, octets = np.array([0, 11, 22, 33]), np.arange(1, 9, dtype=np.uint8)
    result: tuple[int, int] = (loader or Loader()).function(code)(numbers, octets, 2)
    return result


def refuse(_image: bytes) -> None:
    raise UnknownFormError("for a test")


@pytest.fixture
def llvm(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Only LLVM loads, as on a processor that our loader does not know; the names of what it loaded."""
    loaded: list[str] = []
    plain = Loader._function_by_llvm

    def by_llvm(self: Loader, code: Code) -> Any:
        loaded.append(code.symbol)
        return plain(self, code)

    monkeypatch.setattr("rawkit.kernels.native.place", refuse)
    monkeypatch.setattr(Loader, "_function_by_llvm", by_llvm)
    return loaded


def test_llvms_loader_makes_the_same_of_it(code: Code, llvm: list[str]) -> None:
    assert pair(code) == PAIR
    assert llvm == [code.symbol]
    with pytest.raises(IndexError, match="went outside an array"):
        Loader().function(code)(np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.uint8), 3)


def everything(engine: Engine, path: Path) -> list[Any]:
    """What is decoded, tracked and summed up of a capture."""
    decoder, tracker, found = Decoder(engine), FlowTracker(engine, seed=7), []
    with open_capture(str(path), engine) as batches:
        for batch in batches:
            packets = decoder.decode(batch)
            tracked = tracker.track(packets)
            found += [packets.rows.tolist(), tracked.stream.tolist(), tracked.analysis.tolist()]
    return [*found, tracker.finish().tolist()]


def test_a_whole_decode_by_llvms_loader(capture_paths: list[Path], llvm: list[str]) -> None:
    compiled, interpreted = Engine("compiled"), Engine("interpreted")
    paths = capture_paths[::4]
    for path in paths:
        assert everything(compiled, path) == everything(interpreted, path), path
    assert len(paths) > 10
    assert all(any(kernel in name for name in llvm) for kernel in ("walk_kernel", "decode_kernel", "track_kernel"))


def object_of(text: str, triple: str = "x86_64-unknown-linux-gnu", **options: str) -> bytes:
    """The object file that LLVM makes of this code for a machine."""
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(triple).create_target_machine(**options)
    module = llvm.parse_assembly(text)
    module.triple, module.data_layout = triple, str(machine.target_data)
    emitted: bytes = machine.emit_object(module)
    return emitted


@pytest.mark.parametrize("references", ["pic", "static"])
def test_another_code_model_is_refused_before_llvm_ends_the_process(
    made: tuple[Code, Any], monkeypatch: pytest.MonkeyPatch, references: str
) -> None:
    """In the small one references have 32 bits (R_X86_64_PC32, R_X86_64_32S), and for some of them LLVM aborts."""
    code, library = made
    image = object_of(library.get_llvm_str(), codemodel="small", reloc=references)
    monkeypatch.setattr(Loader, "_started_llvm", lambda _: pytest.fail("LLVM was asked"))
    with pytest.raises(UnknownFormError, match="a reference of kind"):
        Loader().function(Code(code.symbol, code.results, code.is_bool, image))


COUNTING = """
@count = global i64 40
define i32 @f(ptr %result, ptr %error) {
  %before = load i64, ptr @count
  %now = add i64 %before, 1
  store i64 %now, ptr @count
  store i64 %now, ptr %result
  ret i32 0
}
"""


def test_data_that_is_written_to_is_for_llvm() -> None:
    image = object_of(COUNTING, codemodel="large")
    with pytest.raises(UnknownFormError, match="written to"):
        place(image)
    function = Loader().function(Code("f", 1, False, image))
    assert [function(), function()] == [41, 42]


@pytest.mark.parametrize(
    "triple", ["aarch64-unknown-linux-gnu", "i686-unknown-linux-gnu", "armv7-unknown-linux-gnueabihf"]
)
def test_the_code_of_another_machine_is_never_loaded(
    made: tuple[Code, Any], monkeypatch: pytest.MonkeyPatch, triple: str
) -> None:
    """Not by LLVM either, to which it is not even given."""
    code, library = made
    image = object_of(library.get_llvm_str(), triple)
    assert image.startswith(b"\x7fELF")
    monkeypatch.setattr(Loader, "_started_llvm", lambda _: pytest.fail("LLVM was asked"))
    with pytest.raises(DamagedError, match="no object file of this machine"):
        Loader().function(Code(code.symbol, code.results, code.is_bool, image))


def test_a_function_that_is_not_there_is_an_error(code: Code, llvm: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    other = Code("no_such_function", 2, False, code.image)
    with pytest.raises(DamagedError, match="no function no_such_function"):
        Loader().function(other)
    monkeypatch.undo()
    with pytest.raises(DamagedError, match="no function no_such_function"):
        Loader().function(other)


def test_a_name_that_is_nowhere_does_not_end_the_process(code: Code, llvm: list[str]) -> None:
    """LLVM reports a fatal error for it: "Program used external function ... which could not be resolved"."""
    text = "declare i32 @nowhere_at_all()\ndefine i32 @f() {\n%1 = call i32 @nowhere_at_all()\nret i32 %1\n}"
    image = object_of(text, codemodel="large")
    with pytest.raises(UnknownFormError, match="a reference to nowhere_at_all, which is nowhere"):
        Loader().function(Code("f", 1, False, image))


def test_what_kernels_load_by_is_not_imported_by_anybody(code: Code) -> None:
    """Neither NumPy nor llvmlite for code that is in a file: they take longer than all kernels."""
    script = (
        "import sys; from rawkit.kernels.native import Code, Loader;"
        "image = sys.stdin.buffer.read(); loader = Loader();"
        f"call = loader.function(Code({code.symbol!r}, 2, False, image));"
        "numbers, octets = memoryview(bytearray(32)).cast('q'), memoryview(bytearray(range(1, 9)));"
        "numbers[2] = 22; print(call(numbers, octets, 2), {'numpy', 'llvmlite', 'numba'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", script], input=code.image, capture_output=True, check=True)
    assert done.stdout.decode() == f"{PAIR} set()\n"


def test_arrays_and_memoryviews_are_told_from_numbers() -> None:
    numbers = np.arange(4)
    assert is_array(numbers)
    assert is_array(ZEROS)
    assert not is_array(numbers[1])
    assert not is_array(1)
    assert address_of(numbers[1:]) - address_of(numbers) == numbers.itemsize
    assert address_of(memoryview(numbers)) == address_of(numbers)
    assert address_of(ZEROS[8:]) - address_of(ZEROS) == 8
