"""The engine: interpreted and compiled, its cache, and what it does without either."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from rawkit.kernels import ALL_COMPILED, COMPILE_AFTER, LOAD_AFTER, Engine, cache_folder
from rawkit.kernels.cache import is_private
from rawkit.kernels.native import Code

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
    folder = cache_folder()
    assert folder is not None
    (folder / ALL_COMPILED).touch()
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


def test_damaged_code_is_compiled_again(cache: Path):
    chain(Engine("compiled"))
    folder = cache_folder()
    assert folder is not None
    (stored,) = folder.glob("ring_kernel.chain-*.o")
    content = stored.read_bytes()
    stored.write_bytes(content[:-100])
    assert chain(Engine("compiled")) == [0, 8, 28]
    assert Code.unpack(stored.read_bytes()).symbol


def test_a_folder_that_others_can_write_to_is_not_used(cache: Path):
    folder = cache_folder()
    assert folder is not None
    assert is_private(folder)
    folder.chmod(0o777)
    assert cache_folder() is None
    assert chain(Engine("compiled")) == [0, 8, 28]
    assert not list(folder.iterdir())


def test_a_cache_that_cannot_be_made_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cache_folder() is None
    assert chain(Engine("compiled")) == [0, 8, 28]


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


def test_code_that_is_none_is_refused():
    for content in (b"", b"x", b"a b c\n", os.urandom(64)):
        with pytest.raises(ValueError):  # noqa: PT011 - any of its kinds: the file is compiled again
            Code.unpack(content)
