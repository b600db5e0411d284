"""Files of --resume that were damaged, cut, exchanged or written by another: no wrong result, and no traceback."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess

import pytest

import rawkit
from rawkit.api.scan import ScanRequest, ScanRun
from rawkit.errors import PrivilegeError, RawkitError
from rawkit.run.scan.resume import MAGIC

pytestmark = pytest.mark.netns
PORTS = list(range(1, 301))
HASH_AT, HEAD, PAGE = len(MAGIC) + 8, len(MAGIC) + 8 + 32, 4096
VERDICTS = 48
"""Where the verdicts begin in their file."""


def run_of(state, **more):
    asked = {"exclude": "192.0.2.21", "seed": 1, "whole_hosts": True, "retries": 1, "resume": state} | more
    return ScanRun(ScanRequest(("192.0.2.20-21",), "1-300", **asked))


def scan(state, **more):
    """What the scan says: the ports that have a verdict, in order, or the error, without the folder's name."""
    try:
        return sorted(int(port) for found in run_of(state, **more).batches() for port in found.ends.port)
    except RawkitError as error:
        return str(error).replace(f"{state.parent}/", "")


@pytest.fixture(scope="module")
def client():
    try:
        with rawkit.Lab("pair") as lab:
            yield lab["client"]
    except PrivilegeError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def files(client, tmp_path_factory):
    """Of one scan that went to its end, and of one that was killed after its first verdicts: no seal, no last words."""
    folder = tmp_path_factory.mktemp("scans")
    killed, copy = folder / "killed", folder / "copy"

    def begin():
        with run_of(killed) as run:
            batches = run.batches()
            next(batches)
            for name in ("", ".found"):
                shutil.copy(f"{killed}{name}", f"{copy}{name}")
            batches.close()

    assert client.call(scan, folder / "whole") == PORTS
    client.call(begin)
    return {"whole": folder / "whole", "killed": copy}


@pytest.fixture
def copied(files, tmp_path):
    def copy(name):
        for end in ("", ".found"):
            shutil.copy(f"{files[name]}{end}", tmp_path / f"state{end}")
        return tmp_path / "state"

    return copy


@pytest.mark.parametrize("name", ["whole", "killed"])
def test_as_they_are_they_are_gone_on_with(client, copied, name):
    assert client.call(scan, copied(name)) == PORTS
    other = client.call(scan, copied(name), exclude=None)
    assert other == "state is of another scan: give the same targets, ports and options, or another file"


def test_a_copy_of_a_scan_under_way_has_no_seal_and_one_that_ended_has(files):
    seals = {name: path.read_bytes()[PAGE + 16 : PAGE + 48] for name, path in files.items()}
    assert {name: bool(seal.strip(b"\0")) for name, seal in seals.items()} == {"whole": True, "killed": False}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["whole", "killed"])
def test_damage_gives_the_right_result_or_one_line(client, copied, name):
    """Flipped bits in the head, the marks, the ring and the verdicts; files that are cut anywhere."""

    def outcomes(state, found, count):
        chance, before, seen = random.Random(name), (state.read_bytes(), found.read_bytes()), []
        for number in range(count):
            data, verdicts = map(bytearray, before)
            place = (chance.randrange(HEAD + 200), PAGE + chance.randrange(16), 2 * PAGE + chance.randrange(300))
            if number % 6 < 3:
                data[place[number % 6]] ^= 1 << chance.randrange(8)
            elif number % 6 == 3:
                verdicts[chance.randrange(len(verdicts))] ^= 1 << chance.randrange(8)
            else:
                cut = (data, verdicts)[number % 6 - 4]
                del cut[chance.randrange(len(cut)) :]
            state.write_bytes(data)
            found.write_bytes(verdicts)
            seen.append(scan(state))
        return seen

    state = copied(name)
    seen = client.call(outcomes, state, state.with_name("state.found"), 120)
    told = {one for one in seen if isinstance(one, str)}
    assert told <= {
        "state is no file of --resume: give another name",
        "state, the file of --resume, is damaged: begin again with another file",
        "state.found, the verdicts of --resume, is damaged: begin again with another file",
        "state.found has no verdicts of this scan: bring them back, or begin again with another file",
    }
    assert all(one == PORTS for one in seen if not isinstance(one, str))
    assert len(told) >= 3


def sealed(path, **changed):
    """Writes a file whose course says something else, with the hash that belongs to it: by who means it."""
    data = path.read_bytes()
    size = int.from_bytes(data[len(MAGIC) : HASH_AT], "big")
    course = json.loads(data[HEAD : HEAD + size]) | changed
    text = json.dumps(course).encode()
    digest = hashlib.blake2b(text, digest_size=32).digest()
    head = MAGIC + len(text).to_bytes(8, "big") + digest + text
    path.write_bytes(head.ljust(PAGE, b"\0") + data[PAGE:])


@pytest.mark.parametrize(
    "changed",
    [
        {"ranges": [["192.0.2.20", "192.0.2.21", ""]]},
        {"ranges": [["192.0.2.21", "192.0.2.21", ""]]},
        {"ranges": [["192.0.2.20", "192.0.2.19", ""]]},
        {"ranges": [["192.0.2.20", "2001:db8::1", ""]]},
        {"ranges": [["server", "server", ""]]},
        {"ranges": [["192.0.2.20", "192.0.2.20"]]},
        {"ranges": 7},
        {"shard": [1, 2]},
        {"shard": 1},
        {"seed": -1},
        {"seed": 1 << 64},
        {"seed": "1"},
        {"source_port": 65536},
        {"down": None},
        {"more": 1},
    ],
    ids=str,
)
def test_what_is_excluded_is_not_scanned_whatever_the_file_says(client, copied, changed):
    state = copied("killed")
    sealed(state, **changed)
    assert client.call(scan, state) == "state, the file of --resume, is damaged: begin again with another file"


def test_verdicts_of_another_scan_are_not_believed(client, copied, tmp_path):
    assert client.call(scan, tmp_path / "other", seed=2) == PORTS
    state = copied("whole")
    shutil.copy(tmp_path / "other.found", tmp_path / "state.found")
    found = client.call(scan, state)
    assert found == "state.found has no verdicts of this scan: bring them back, or begin again with another file"


def test_verdicts_that_are_lacking_are_noticed(client, copied, tmp_path):
    """Cut before the first piece: what is left is whole, and the ledger knows of more."""
    state, found = copied("whole"), tmp_path / "state.found"
    os.truncate(found, VERDICTS)
    assert client.call(scan, state) == (
        "state.found, the verdicts of --resume, is damaged: begin again with another file"
    )


def test_links_are_not_followed(client, tmp_path):
    """As root, in a folder where others can write, one of them would say which file is overwritten."""
    target = tmp_path / "target"
    target.write_bytes(b"precious")
    (tmp_path / "one.found").symlink_to(target)
    assert "one.found, the verdicts of --resume: it is a link" in client.call(scan, tmp_path / "one")
    (tmp_path / "two").symlink_to(target)
    assert client.call(scan, tmp_path / "two") == "two is no file of --resume: give another name"
    (tmp_path / "three").symlink_to(tmp_path / "nowhere")
    assert client.call(scan, tmp_path / "three") == "cannot write three: it is a link: give --resume another file"
    assert (target.read_bytes(), (tmp_path / "nowhere").exists()) == (b"precious", False)


def test_they_are_for_their_owner_alone(files):
    assert {path.stat().st_mode & 0o777 for path in files["whole"].parent.glob("whole*")} == {0o600}


def test_there_is_no_room(client, tmp_path):
    """All room is taken before the scan: memory that is shared with a file on a full disk ends in SIGBUS."""

    def on_a_small_disk(folder):
        os.makedirs(folder)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)], check=True)
        try:
            return scan(folder / "state"), os.listdir(folder)
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)

    told, left = client.call(on_a_small_disk, tmp_path / "small")
    assert "No space left on device: give --resume another file" in told
    assert left == []
