"""Labs for the tests; where namespaces are not allowed, the tests that need them are skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import rawkit as package
from rawkit.errors import PrivilegeError
from rawkit.lab import Lab
from rawkit.lab.privileges import ensure_namespaces

NOBODY = 65534


@pytest.fixture(scope="session")
def namespaces() -> None:
    """Skips the test where this process may not make namespaces."""
    try:
        ensure_namespaces()  # these tests enter hosts, for which an ordinary user's process has to be another
        Lab.from_spec("pair").close()
    except PrivilegeError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def pair(namespaces: None) -> Iterator[Lab]:
    """The scenario `pair`, up."""
    with Lab.from_spec("pair") as lab:
        yield lab


@pytest.fixture(scope="module")
def routed(namespaces: None) -> Iterator[Lab]:
    """The scenario `router`, up."""
    with Lab.from_spec("router") as lab:
        yield lab


def module_path() -> str:
    """PYTHONPATH for programs that are to find what these tests find."""
    return os.pathsep.join((str(Path(package.__file__).parents[1]), *(path for path in sys.path if path)))


@pytest.fixture(scope="session")
def ordinary(namespaces: None) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Runs Python with some arguments as a user without capabilities, whose home is a folder that the tests made."""
    python = next((p for p in (Path(sys.executable).resolve(), Path("/usr/bin/python3")) if usable(p)), None)
    if python is None:
        pytest.skip("no interpreter of this version that an ordinary user can run")
    home = tempfile.mkdtemp(prefix="rawkit-home-")  # not under pytest's own folder, which is for its user alone
    if drop():
        os.chown(home, NOBODY, NOBODY)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": module_path(), "HOME": home, "LC_ALL": "C.UTF-8"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*drop(), str(python), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/", timeout=60)
        if "forbids" in done.stderr:
            pytest.skip(done.stderr.splitlines()[-1])
        return done

    yield run
    shutil.rmtree(home)


def drop() -> list[str]:
    """The command that takes root's rights away, where there are any."""
    return ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"] if os.geteuid() == 0 else []


def usable(python: Path) -> bool:
    """Whether an ordinary user can run this interpreter, and it is of our version."""
    command = [*drop(), str(python), "-c", "import sys, ctypes; print(sys.version_info[:2], sys.base_prefix)"]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", env={})
    return done.stdout.strip() == f"{sys.version_info[:2]} {python.parents[1]}"
