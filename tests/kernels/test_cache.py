"""Machine code kept between runs: whose folder it is in, and what of it is used."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from rawkit.kernels import Engine, all_compiled, cache_folder, mark_all_compiled

SOMEBODY = 12345
MODULE = "rawkit.kernels.convention_kernel"


def at(engine: Engine, index: int = 2) -> int:
    return engine.call(MODULE, "at", 0, np.array([1, 2, 3]), index)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with the code of one kernel in it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert at(Engine("compiled")) == 3
    return tmp_path


def file(cache: Path) -> Path:
    (found,) = cache.rglob("convention_kernel.at-*.o")
    return found


def notices(cache: Path) -> list[str]:
    """What is said by one who needs the kernel; nothing where the code in the cache is used."""
    said: list[str] = []
    assert at(Engine("compiled", notice=said.append)) == 3
    return said


def test_what_is_kept_is_used(cache: Path) -> None:
    assert notices(cache) == []


def test_the_compiler_is_not_imported_for_what_is_kept(cache: Path) -> None:
    script = (
        "import sys, numpy as np; from rawkit.kernels import Engine;"
        f"print(Engine('compiled', notice=print).call('{MODULE}', 'at', 0, np.array([1, 2, 3]), 1),"
        "sorted({'numba', 'llvmlite'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "2 []\n"


def damaged(content: bytes) -> dict[str, bytes]:
    head, _, image = content.partition(b"\n")
    symbol, results, is_bool, digest = head.split(b" ")
    return {
        "empty": b"",
        "cut short": content[:-100],
        "a bit of the code": content[:-1000] + bytes([content[-1000] ^ 1]) + content[-999:],
        "how many results": b" ".join((symbol, b"2", is_bool, digest)) + b"\n" + image,
        "the name": b" ".join((symbol[:-1], results, is_bool, digest)) + b"\n" + image,
        "no code": os.urandom(len(content)),
    }


@pytest.mark.parametrize("what", damaged(b"f 1 0 x\n" + bytes(1001)))
def test_what_is_damaged_is_never_run_and_made_again(cache: Path, what: str) -> None:
    whole = file(cache).read_bytes()
    file(cache).write_bytes(damaged(whole)[what])
    assert len(notices(cache)) == 1
    assert notices(cache) == []


def test_code_under_the_name_of_other_code_is_not_run(cache: Path) -> None:
    """It would be called with other arguments than it takes."""
    engine = Engine("compiled")
    assert engine.call(MODULE, "is_at", 0, np.arange(4, dtype=np.uint8), 1, 1) is True
    (other,) = cache.rglob("convention_kernel.is_at-*.o")
    shutil.copy(other, file(cache))
    assert len(notices(cache)) == 1


def test_code_of_another_version_is_not_run(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rawkit.kernels.cache.version", lambda: "0123456789abcdef")
    monkeypatch.setattr("rawkit.kernels.compiler.version", lambda: "0123456789abcdef")
    other = cache_folder()
    assert other is not None
    shutil.copytree(file(cache).parent, other.path, dirs_exist_ok=True)
    assert len(notices(other.path)) == 1


@pytest.mark.root
@pytest.mark.parametrize("change", [lambda file: os.chown(file, SOMEBODY, 0), lambda file: file.chmod(0o666)])
def test_code_that_somebody_else_can_write_is_not_run(cache: Path, change: object) -> None:
    change(file(cache))
    assert len(notices(cache)) == 1
    assert file(cache).stat().st_uid == 0
    assert oct(file(cache).stat().st_mode) == "0o100600"
    assert notices(cache) == []


def test_where_nothing_can_be_written_what_is_there_is_used(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rawkit.kernels.folder.Folder.is_writable", lambda _: False)
    assert notices(cache) == []
    said: list[str] = []
    Engine("compiled", notice=said.append).call(MODULE, "put", 0, np.arange(3), 0, 1)
    assert said[0].endswith("cannot be written to (one to two minutes)")
    assert not list(cache.rglob("*.put-*"))


def test_the_mark_is_of_this_version_and_old_versions_go(cache: Path) -> None:
    assert not all_compiled()
    old, other = (file(cache).parents[1] / name for name in ("kernels-0", "kernels-1"))
    for folder in (old, other):
        folder.mkdir()
    os.utime(old, (0, 0))
    mark_all_compiled()
    assert all_compiled()
    assert sorted(file(cache).parents[1].iterdir()) == sorted([file(cache).parent, other])


def test_looking_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
    assert not all_compiled()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("variable", "value"), [("XDG_CACHE_HOME", "relative"), ("XDG_CACHE_HOME", "")])
def test_a_relative_path_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    """XDG Base Directory Specification: such a path is invalid, and ignored. It would lead into the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv(variable, value)
    folder = cache_folder()
    assert folder is not None
    assert folder.path.parents[1] == tmp_path / "home" / ".cache"


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Of another user, whose environment it is, and of the running one in the user database."""
    theirs, own = tmp_path / "theirs", tmp_path / "own"
    for home in (theirs, own):
        home.mkdir()
    os.chown(theirs, SOMEBODY, 0)
    monkeypatch.setattr(pwd, "getpwuid", lambda user: SimpleNamespace(pw_dir=str(own)) if user == 0 else None)
    monkeypatch.setenv("HOME", str(theirs))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    return theirs, own


@pytest.mark.root
@pytest.mark.parametrize("sudo", [{"SUDO_UID": str(SOMEBODY)}, {}])
@pytest.mark.parametrize("is_named", [True, False])
def test_with_the_environment_of_another_user_it_is_in_the_own_home(
    homes: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, sudo: dict[str, str], is_named: bool
) -> None:
    """sudo -E, su and doas alike: what counts is whose folder it is."""
    theirs, own = homes
    for name, value in sudo.items():
        monkeypatch.setenv(name, value)
    if is_named:
        monkeypatch.setenv("XDG_CACHE_HOME", str(theirs / "deep" / "cache"))
    folder = cache_folder()
    assert folder is not None
    assert folder.path.parents[1] == own / ".cache"
    assert not list(theirs.iterdir())


@pytest.mark.root
def test_with_no_home_of_the_own_it_is_nowhere(homes: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(user: int) -> None:
        raise KeyError(user)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    assert cache_folder() is None
    os.chown(homes[1], SOMEBODY, 0)
    monkeypatch.setattr(pwd, "getpwuid", lambda _: SimpleNamespace(pw_dir=str(homes[1])))
    assert cache_folder() is None


def test_without_proc_there_is_no_cache_and_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise FileNotFoundError(2, "No such file or directory", "/proc/cpuinfo")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("rawkit.kernels.cache.version", missing)
    assert cache_folder() is None
    assert not all_compiled()
    assert at(Engine("compiled")) == 3


def test_nobody_but_the_cache_says_whose_it_is() -> None:
    """Commands that change HOME, or look at SUDO_UID for it, would each do it in their own way."""
    becomes = ["api/privileges.py"]  # who gives up root is another user, with a home of its own
    package = Path(sys.modules["rawkit"].__file__ or "").parent
    sources = {path.relative_to(package).as_posix(): path.read_text() for path in sorted(package.rglob("*.py"))}
    assert [name for name, text in sources.items() if "XDG_CACHE_HOME" in text] == [*becomes, "kernels/cache.py"]
    assert [name for name, text in sources.items() if 'environ["HOME"]' in text or 'environ["XDG' in text] == becomes
