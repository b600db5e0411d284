"""The engine: interpreted and compiled, its cache, and what it does without either."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from rawkit.errors import KernelError
from rawkit.kernels import COMPILE_AFTER, LOAD_AFTER, Engine, cache_folder, mark_all_compiled

MODULE, FUNCTION = "rawkit.sockets.receive.ring_kernel", "chain"  # the smallest kernel there is


def chain(engine: Engine, work: int = 0) -> list[int]:
    words = np.zeros(16, dtype=np.uint32)
    words[0], words[2] = 8, 20
    places = np.zeros(3, dtype=np.int64)
    engine.call(MODULE, FUNCTION, work, words, 0, places)
    return places.tolist()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_interpreted_and_compiled_agree():
    assert chain(Engine("interpreted")) == chain(Engine("compiled")) == [0, 8, 28]


def test_auto_loads_kernels_early_where_all_were_compiled_before(cache: Path):
    mark_all_compiled()
    engine = Engine()
    chain(engine, LOAD_AFTER)
    assert not engine.compiled
    chain(engine, 1)
    assert engine.compiled


def test_auto_compiles_when_there_is_enough_work(cache: Path):
    engine = Engine()
    chain(engine, COMPILE_AFTER)
    assert not engine.compiled
    chain(engine, 1)
    assert engine.compiled


def test_a_kernel_that_takes_long_to_compile_is_compiled_later_unless_it_was(cache: Path):
    def files() -> set[str]:
        return {path.name for path in cache.rglob("*.o")}

    def late(engine: Engine, work: int) -> list[int]:
        words, places = np.zeros(16, dtype=np.uint32), np.zeros(3, dtype=np.int64)
        words[0], words[2] = 8, 20
        engine.call_late(2 * COMPILE_AFTER, MODULE, FUNCTION, work, words, 0, places)
        return places.tolist()

    engine = Engine()
    engine.compiled = True
    assert late(engine, COMPILE_AFTER) == [0, 8, 28]
    assert files() == set()
    late(engine, COMPILE_AFTER + 1)
    late(engine, 1)
    assert len(files()) == 1
    other = Engine()
    other.compiled = True
    assert other._was_compiled(MODULE, FUNCTION, (np.zeros(16, np.uint32), 0, np.zeros(3, np.int64)))


def test_going_outside_an_array_is_an_error_in_both_ways():
    words, places = np.zeros(1, dtype=np.uint32), np.zeros(2, dtype=np.int64)
    words[0] = 400
    for mode in ("interpreted", "compiled"):
        beyond = np.zeros(3, dtype=np.int64)
        with pytest.raises(IndexError):
            Engine(mode).call(MODULE, FUNCTION, 0, words, 0, beyond)
        Engine(mode).call(MODULE, FUNCTION, 0, words, 0, places[:1])


def test_the_compiler_is_not_imported_for_what_is_stored(cache: Path):
    notices: list[str] = []
    chain(Engine("compiled", notice=notices.append))
    assert len(notices) == 1
    assert "compiling" in notices[0]
    script = (
        "import sys; from tests.kernels.test_engine import chain; from rawkit.kernels import Engine;"
        "print(chain(Engine('compiled', notice=print)), 'numba' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout == "[0, 8, 28] False\n"


def test_a_cache_that_others_can_write_to_is_not_used_and_it_is_said(cache: Path):
    folder = cache_folder()
    assert folder is not None
    folder.path.chmod(0o777)
    assert cache_folder() is None
    notices: list[str] = []
    assert chain(Engine("compiled", notice=notices.append)) == [0, 8, 28]
    assert not list(folder.path.iterdir())
    (notice,) = notices
    assert f"compiling the kernels, at each run, for they cannot be kept: others can write to {folder.path}" in notice


def test_a_cache_that_cannot_be_made_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cache_folder() is None
    assert chain(Engine("compiled")) == [0, 8, 28]


def test_a_full_disk_is_said_once(cache: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("rawkit.kernels.folder.os.rename", full)
    notices: list[str] = []
    engine = Engine("compiled", notice=notices.append)
    assert chain(engine) == [0, 8, 28]
    engine.call("rawkit.kernels.convention_kernel", "at", 0, np.zeros(4, dtype=np.int64), 0)
    assert ["cannot be kept" in notice for notice in notices] == [False, True]
    folder = cache_folder()
    assert folder is not None
    assert not list(folder.path.iterdir())


def test_where_compiled_code_cannot_run_auto_says_so_and_goes_on_interpreted(
    cache: Path, monkeypatch: pytest.MonkeyPatch
):
    """As on a system that forbids memory to become code (SELinux' execmem): neither loader can do it."""
    monkeypatch.setattr("rawkit.kernels.native.Loader.function", refusing)
    notices: list[str] = []
    engine = Engine("auto", notice=notices.append)
    for _ in range(3):
        assert chain(engine, COMPILE_AFTER) == [0, 8, 28]
    assert not engine.compiled
    assert [notice.partition(":")[0] for notice in notices[1:]] == ["running interpreted, which is slower"]
    assert "not here" in notices[1]
    with pytest.raises(KernelError, match="not here"):
        chain(Engine("compiled"))
    assert not list(cache.rglob("*.o"))


def refusing(_loader: object, _code: object) -> None:
    raise RuntimeError("not here")


def test_a_numba_that_goes_wrong_is_an_error_of_ours(cache: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("numba.njit", lambda **options: options["no_such_option"])
    with pytest.raises(KernelError, match=r"numba cannot compile the kernels \(KeyError: 'no_such_option'\): use"):
        chain(Engine("compiled"))
    assert chain(Engine("auto"), COMPILE_AFTER + 1) == [0, 8, 28]


def test_numbas_own_variables_do_not_take_the_bounds_checks_away(cache: Path):
    """NUMBA_BOUNDSCHECK=0 does so for whatever numba compiles, and NUMBA_DISABLE_JIT leaves nothing compiled."""
    script = (
        "import numpy as np; from rawkit.kernels import Engine; from numba import config;"
        "Engine('compiled').call('rawkit.kernels.convention_kernel', 'put', 0, np.zeros(9, dtype=np.int64)[:4], 4, 1);"
    )
    settings = {"NUMBA_BOUNDSCHECK": "0", "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env={**os.environ, **settings}, check=False
    )
    assert done.stderr.splitlines()[-1].startswith("IndexError: kernel ")


def test_one_kernel_takes_arrays_that_can_be_written_to_and_others(cache: Path):
    numbers = np.arange(4, dtype=np.int64)
    fixed = numbers.copy()
    fixed.flags.writeable = False
    engine = Engine("compiled")
    assert [engine.call("rawkit.kernels.convention_kernel", "at", 0, one, 3) for one in (numbers, fixed)] == [3, 3]
    assert len(list(cache.rglob("convention_kernel.at-*.o"))) == 2


def test_without_numba_everything_is_interpreted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("rawkit.kernels.engine.find_spec", lambda name: None)
    engine = Engine()
    assert chain(engine, 10 * COMPILE_AFTER) == [0, 8, 28]
    assert not engine.compiled


def test_two_threads_share_an_engine():
    engine, results = Engine("compiled"), []
    threads = [threading.Thread(target=lambda: results.append(chain(engine))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [[0, 8, 28]] * 8
