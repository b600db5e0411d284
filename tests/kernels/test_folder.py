"""Folders that are trusted as code: who may own what lies above, with users and links that really are others'."""

from __future__ import annotations

import ctypes
import gc
import grp
import os
import pwd
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from rawkit.kernels.folder import FolderError, open_folder
from rawkit.lab.namespaces import CLONE_NEWUSER, unshare

SOMEBODY, USER = 12345, 54321
"""Two users who are not root; the second is the one who runs it, where root is not."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder below one that only its owner enters, as pytest makes it."""
    place = tmp_path / "home" / "cache"
    place.mkdir(parents=True)
    return place


def refused(path: Path, *, make: bool = False) -> FolderError:
    with pytest.raises(FolderError) as found:
        open_folder(path, make=make)
    return found.value


def test_what_is_missing_is_made_for_the_user_alone(home: Path) -> None:
    assert "No such file" in str(refused(home / "a" / "b"))
    assert not list(home.iterdir())
    folder = open_folder(home / "a" / "b", make=True)
    assert [oct(path.stat().st_mode) for path in (home / "a", home / "a" / "b")] == ["0o40700"] * 2
    folder.write("code", b"1")
    folder.write("code", b"22")
    assert folder.read("code") == (home / "a" / "b" / "code").read_bytes() == b"22"
    assert [folder.has(name) for name in ("code", "no code")] == [True, False]
    assert os.listdir(home / "a" / "b") == ["code"]


@pytest.mark.parametrize("path", ["relative", ".", ""])
def test_a_relative_path_is_none(path: str) -> None:
    assert "does not begin with /" in str(refused(Path(path)))


def test_no_descriptor_is_left(home: Path) -> None:
    (home / "loop").symlink_to("loop")
    (home / "link").symlink_to(home)
    gc.collect()  # an error holds what was open where it was raised
    before = set(os.listdir("/proc/self/fd"))
    for _ in range(3):
        assert open_folder(home / "link" / ".." / home.name, make=True)
        for name in ("loop", "missing"):
            refused(home / name)
    gc.collect()
    assert set(os.listdir("/proc/self/fd")) <= before


@pytest.mark.root
@pytest.mark.parametrize("depth", range(3))
def test_a_folder_of_somebody_else_is_refused_wherever_it_lies(home: Path, depth: int) -> None:
    inside = home / "a" / "b"
    inside.mkdir(parents=True)
    other = [inside, *inside.parents][depth]
    os.chown(other, SOMEBODY, 0)
    error = refused(inside, make=True)
    assert error.is_foreign
    assert str(error) == f"{other} belongs to user {SOMEBODY}"


@pytest.mark.root
@pytest.mark.parametrize("mode", [0o770, 0o707, 0o1777])
@pytest.mark.parametrize("depth", range(2))
def test_a_folder_that_others_write_to_is_passed_only_where_it_is_sticky(home: Path, mode: int, depth: int) -> None:
    inside = home / "a"
    inside.mkdir()
    other = [inside, home][depth]
    other.chmod(mode)
    if depth and mode & 0o1000:
        assert open_folder(inside, make=False)
    else:
        error = refused(inside)
        assert (str(error), error.is_foreign) == (f"others can write to {other}", False)


@pytest.mark.root
def test_in_a_sticky_folder_somebody_else_was_faster(home: Path) -> None:
    home.chmod(0o1777)
    os.chown(home, SOMEBODY, 0)
    assert refused(home / "rawkit", make=True).is_foreign  # the folder's owner may move what is in it
    os.chown(home, 0, 0)
    (home / "rawkit").mkdir()
    os.chown(home / "rawkit", SOMEBODY, 0)
    assert refused(home / "rawkit", make=True).is_foreign


def test_links_of_ours_are_followed(home: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (home / "absolute").symlink_to(tmp_path / "disk")
    (home / "relative").symlink_to("../../disk")
    (home / "twice").symlink_to("relative/.")
    for name in ("absolute", "relative", "twice"):
        open_folder(home / name / "kernels", make=True).write(name, b"")
    assert sorted(os.listdir(tmp_path / "disk" / "kernels")) == ["absolute", "relative", "twice"]


def test_links_that_never_end_are_refused(home: Path) -> None:
    (home / "a").symlink_to("b")
    (home / "b").symlink_to("a")
    assert "too many links" in str(refused(home / "a"))


@pytest.mark.root
def test_a_link_of_somebody_else_is_refused_even_to_a_folder_of_ours(home: Path, tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    (home / "link").symlink_to(tmp_path / "ours")
    os.chown(home / "link", SOMEBODY, 0, follow_symlinks=False)
    error = refused(home / "link")
    assert error.is_foreign
    assert str(error) == f"{home / 'link'} belongs to user {SOMEBODY}"


@pytest.mark.root
def test_a_link_of_ours_into_somebody_elses_folder_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "theirs" / "cache").mkdir(parents=True)
    os.chown(tmp_path / "theirs", SOMEBODY, 0)
    (home / "link").symlink_to(tmp_path / "theirs" / "cache")
    assert str(refused(home / "link")) == f"{tmp_path / 'theirs'} belongs to user {SOMEBODY}"
    (home / "dot").symlink_to(".")
    home.chmod(0o1777)
    assert str(refused(home / "dot")) == f"others can write to {home}"  # the last folder is the one it leads to


def test_a_file_is_no_folder(home: Path) -> None:
    (home / "file").touch()
    assert str(refused(home / "file" / "x")) == str(refused(home / "file")) == f"{home / 'file'} is no folder"


def test_what_was_opened_stays_when_the_path_leads_elsewhere(home: Path) -> None:
    """The look and the reading are of one folder, whatever is put in its place in between."""
    folder = open_folder(home / "kernels", make=True)
    folder.write("code", b"ours")
    (home / "kernels").rename(home / "away")
    (home / "kernels").mkdir()
    (home / "kernels" / "code").write_bytes(b"theirs")
    assert folder.read("code") == b"ours"


@pytest.mark.root
def test_a_file_of_somebody_else_is_not_read(home: Path) -> None:
    folder = open_folder(home, make=False)
    folder.write("code", b"1")
    assert oct((home / "code").stat().st_mode) == "0o100600"
    os.chown(home / "code", SOMEBODY, 0)
    with pytest.raises(FolderError, match=f"belongs to user {SOMEBODY}"):
        folder.read("code")


@pytest.mark.parametrize("mode", [0o660, 0o606])
def test_a_file_that_others_can_write_to_is_not_read(home: Path, mode: int) -> None:
    folder = open_folder(home, make=False)
    folder.write("code", b"1")
    (home / "code").chmod(mode)
    with pytest.raises(FolderError, match="others can write"):
        folder.read("code")


def test_what_is_no_plain_file_is_not_read(home: Path) -> None:
    folder = open_folder(home, make=False)
    (home / "folder").mkdir()
    os.mkfifo(home / "pipe", 0o600)  # nobody writes to it: opening it must not wait
    (home / "file").write_bytes(b"1")
    (home / "link").symlink_to("file")
    for name in ("folder", "pipe", "link", "missing"):
        with pytest.raises((FolderError, OSError)):
            folder.read(name)


def as_user(path: Path, *, in_namespace: bool = False) -> str:
    """What it says to a process of `USER`, which cannot be this one; there it may be root of a user namespace."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(USER, USER, USER)
            os.setresuid(USER, USER, USER)
            if in_namespace:
                # Only a process that belongs to its user may write its own map (PR_SET_DUMPABLE, prctl(2)).
                ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
                unshare(CLONE_NEWUSER)
                Path("/proc/self/uid_map").write_text(f"0 {USER} 1")
            os.write(writer, str(open_folder(path, make=True).path).encode())
        except Exception as error:
            os.write(writer, str(error).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as said:
        answer = said.read().decode()
    os.waitpid(child, 0)
    return answer


@pytest.fixture
def open_home() -> Iterator[Path]:
    """A home of `USER` that `USER` can get at; the folders that pytest makes are root's alone."""
    with tempfile.TemporaryDirectory() as made:
        os.chmod(made, 0o755)
        home = Path(made, "home")
        home.mkdir()
        os.chown(home, USER, USER)
        yield home


@pytest.mark.root
def test_a_user_trusts_root_and_nobody_else(open_home: Path) -> None:
    assert as_user(open_home / "cache") == str(open_home / "cache")
    os.chown(open_home / "cache", 0, 0)
    assert as_user(open_home / "cache") == str(open_home / "cache")
    os.chown(open_home, SOMEBODY, USER)
    assert as_user(open_home / "cache") == f"{open_home} belongs to user {SOMEBODY}"


@pytest.mark.root
def test_a_group_may_write_where_it_is_the_users_own(open_home: Path) -> None:
    """The umask 002 of Debian and Ubuntu. This user is in no database, so nothing is known of the group."""
    open_home.chmod(0o775)
    assert as_user(open_home / "cache") == f"others can write to {open_home}"


def entry(name: str, members: list[str]) -> SimpleNamespace:
    return SimpleNamespace(gr_name=name, gr_gid=USER, gr_mem=members)


@pytest.mark.root
@pytest.mark.parametrize(
    ("group", "mode", "is_passed"),
    [
        (entry("ann", []), 0o775, True),
        (entry("ann", ["ann"]), 0o775, True),
        (entry("ann", ["ann", "bob"]), 0o775, False),
        (entry("staff", []), 0o775, False),
        (entry("ann", []), 0o777, False),
    ],
)
def test_the_users_own_group_is_of_its_name_with_nobody_else_in_it(
    home: Path, monkeypatch: pytest.MonkeyPatch, group: SimpleNamespace, mode: int, is_passed: bool
) -> None:
    user = SimpleNamespace(pw_name="ann", pw_gid=USER)
    monkeypatch.setattr(pwd, "getpwuid", lambda _: user)
    monkeypatch.setattr(grp, "getgrgid", lambda _: group)
    monkeypatch.setattr(os, "geteuid", lambda: USER)
    (home / "kernels").mkdir(mode=0o700)
    for path in (home, home / "kernels"):
        os.chown(path, USER, USER)
    home.chmod(mode)
    if is_passed:
        assert open_folder(home / "kernels", make=False)
    else:
        assert str(refused(home / "kernels")) == f"others can write to {home}"


@pytest.mark.netns
@pytest.mark.root
def test_in_a_user_namespace_the_folders_above_are_somebodys(open_home: Path) -> None:
    """There `/` belongs to nobody that is known, and so does what any other user owns."""
    assert as_user(open_home / "cache", in_namespace=True) == str(open_home / "cache")
    os.chown(open_home / "cache", SOMEBODY, 0)
    assert "belongs to user 65534" in as_user(open_home / "cache", in_namespace=True)
