"""The files that a scan keeps: verdicts that are read as they were written, lines that a crash has cut."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from rawkit.probe.scan.space import Endpoints
from rawkit.probe.scan.values import Verdicts
from rawkit.run.scan.journal import Journal
from rawkit.run.scan.resume import open_results


def verdicts(*turns):
    count, numbers = len(turns), np.array(turns, dtype=np.int64)
    ends = Endpoints(numbers.astype("u8") << np.uint64(60), numbers.astype("u8"), numbers + 65000, numbers % 2 == 0)
    columns = [np.arange(count, dtype=np.int64) + begin for begin in (1, 1 << 24, -1, 1 << 40, 1 << 60)]
    return Verdicts(numbers, ends, *columns, ends)


def listed(found):
    if dataclasses.is_dataclass(found):
        return {name: listed(getattr(found, name)) for name in found.__slots__}
    return dict(found) if isinstance(found, dict) else found.tolist()


def test_what_is_read_is_what_was_written(tmp_path):
    path = tmp_path / "journal"
    with Journal(path, anew=True) as journal:
        journal.write(verdicts(1, 2))
        journal.write(verdicts())
    with Journal(path, anew=False) as journal:
        journal.write(verdicts(3))
        first, second = journal.verdicts()
    assert listed(first) == listed(verdicts(1, 2))
    assert listed(second) == listed(verdicts(3))


def test_links_are_kept_by_name(tmp_path):
    """Their numbers may be others when a scan goes on; one that is gone has none."""
    path, before = tmp_path / "journal", {3: "eth0", 70000: "veth-of-15-byte"}
    ends = verdicts(1, 3, 5).ends
    ends = dataclasses.replace(ends, is_ipv6=ends.port > 0, zone=np.array([3, 70000, 0]), links=before)
    with Journal(path, anew=True, links=before) as journal:
        journal.write(dataclasses.replace(verdicts(1, 3, 5), ends=ends, sender=ends))
    with Journal(path, anew=False, links={4: "eth0", 5: "veth-of-15-byte"}) as journal:
        (found,) = journal.verdicts()
    assert found.ends.zone.tolist() == found.sender.zone.tolist() == [4, 5, 0]
    assert [str(found.ends.address(row)).partition("%")[2] for row in range(3)] == ["eth0", "veth-of-15-byte", ""]
    with Journal(path, anew=False, links={5: "veth-of-15-byte"}) as journal:
        assert next(journal.verdicts()).ends.zone.tolist() == [0, 5, 0]


def test_a_piece_that_was_cut_is_thrown_away(tmp_path):
    path = tmp_path / "journal"
    with Journal(path, anew=True) as journal:
        journal.write(verdicts(1, 2))
        journal.write(verdicts(3, 4))
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 1)
    with Journal(path, anew=False) as journal:
        journal.write(verdicts(7))
        first, second = journal.verdicts()
    assert (first.turns.tolist(), second.turns.tolist()) == ([1, 2], [7])


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"", b""), (b"one\ntwo\n", b"one\ntwo\n"), (b"one\ntw", b"one\n"), (b"on", b""), (b"a\n" + b"x" * 9999, b"a\n")],
)
def test_a_line_that_was_cut_is_taken_away(tmp_path, before, after):
    path = tmp_path / "lines"
    path.write_bytes(before)
    open_results(path, goes_on=True).close()
    assert path.read_bytes() == after
