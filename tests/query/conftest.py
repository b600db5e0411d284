"""tshark asked for the frames that pass many display filters, in one run a capture."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from rawkit.api.captures import follow
from rawkit.kernels import Engine
from rawkit.query.filter import compile_filter
from rawkit.query.packets import Clock
from tests.tshark import IN_PIECES

HERE = Path(__file__).parent
LISTENERS = HERE / "listeners.lua"
OPTIONS = ("-n", "-q", "-o", "tcp.check_checksum:TRUE", *IN_PIECES)

Frames = list[int]


@pytest.fixture(scope="session")
def filters() -> list[str]:
    """The table of filters."""
    return (HERE / "filters.txt").read_text().splitlines()


@pytest.fixture
def tshark_frames(tmp_path: Path) -> Callable[[Path, Sequence[str]], list[Frames | str]]:
    """The numbers of the frames that pass each filter; what tshark says against it, where it takes it not."""
    if not shutil.which("tshark"):
        pytest.skip("needs tshark")

    def ask(path: Path, texts: Sequence[str]) -> list[Frames | str]:
        asked, answered = tmp_path / "filters", tmp_path / "answers"
        asked.write_text("\n".join(texts) + "\n")
        places = {"FILTERS": str(asked), "ANSWERS": str(answered)}
        command = ("tshark", *OPTIONS, "-X", f"lua_script:{LISTENERS}", "-r", str(path))
        subprocess.run(command, env={**os.environ, **places}, capture_output=True, check=False)
        rows = dict(line.split("\t") for line in answered.read_text().splitlines())
        return [_frames(rows[str(number)]) for number in range(1, len(texts) + 1)]

    return ask


def _frames(row: str) -> Frames | str:
    return row if row.startswith("ERROR") else [int(number) for number in row.split(",") if number]


def our_frames(path: Path, texts: Sequence[str]) -> list[Frames]:
    """The numbers of the frames that pass each filter."""
    wheres = [(compile_filter(text), Clock(), Frames()) for text in texts]
    for step in follow(str(path), kinds=(), engine=Engine("auto")):
        for where, clock, frames in wheres:
            frames += step.packets.numbers[where.mask(step.packets, step.tracked, clock)].tolist()
    return [frames for _, _, frames in wheres]
