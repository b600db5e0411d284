"""A minute of `scripts/fuzz`, and each of its properties for a moment; what it found before stands by name."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rawkit.errors import SendError
from rawkit.run.send.hex_text import LARGEST, typed_frames

ROOT = Path(__file__).resolve().parents[1]


def fuzz(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "fuzz"), *arguments, "--found", str(tmp_path / "found")]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=tmp_path)


@pytest.mark.slow
def test_a_minute_finds_nothing(tmp_path: Path) -> None:
    done = fuzz(tmp_path, "1")
    assert done.returncode == 0, done.stdout + done.stderr
    counts = re.findall(r"([a-z -]+): (\d+)", done.stdout.splitlines()[-1])
    assert all(int(count) > 0 for name, count in counts if name != " found")


def test_what_breaks_a_property_is_saved_and_found_again(tmp_path: Path) -> None:
    """Broken on purpose: a reader that takes no letter x."""
    script = tmp_path / "broken.py"
    script.write_text(
        "import sys; sys.path[:0] = sys.argv[1:3]; from pathlib import Path\n"
        "from fuzzing import properties, run\n"
        "def broken(data, choose):\n    assert b'x' not in data, 'an x'\n"
        "properties.PROPERTIES['hex text'] = properties.Property(broken, lambda paths: [b'0000', b'x'])\n"
        "sys.exit(run.run(Path(sys.argv[1]), sys.argv[3:]))\n"
    )
    words = [sys.executable, str(script), str(ROOT), str(ROOT / "scripts"), "0.01", "--seed", "5", "--only", "hex text"]
    found = tmp_path / "found"
    done = subprocess.run([*words, "--found", str(found)], capture_output=True, text=True, timeout=100)
    assert done.returncode == 1, done.stderr
    saved = sorted(found.glob("*.txt"))[0]
    (first,) = re.findall(r"--first (\d+)", saved.read_text())
    done = subprocess.run(
        [*words, "--first", first, "--found", str(tmp_path / "again")], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert (tmp_path / "again" / saved.name).exists()


def test_damage_is_the_same_for_the_same_seed() -> None:
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        from fuzzing.mutate import mutated
    finally:
        sys.path.remove(str(ROOT / "scripts"))
    data = bytes(range(200))
    made = [[mutated(data, [data, b"other"], random.Random(seed)) for seed in range(100)] for _ in range(2)]
    assert made[0] == made[1]
    assert len({*made[0]}) > 50


def test_hex_text_whose_bytes_are_all_beside_it() -> None:
    """A KeyError."""
    with pytest.raises(SendError, match="no byte in it"):
        typed_frames("\t0x0000: |4500 0054  E..T")


def test_hex_text_with_a_row_that_is_repeated_for_ever() -> None:
    """It took 4 GiB."""
    with pytest.raises(SendError, match=f"4294967295 bytes: give {LARGEST} at most"):
        typed_frames("0000 01\n*\nffffffff\n")
