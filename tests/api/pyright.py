"""pyright, as basedpyright, whose wheels bring the Node.js along that it runs on; pyright's asks for a download."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def pyright(program: Path, root: Path) -> subprocess.CompletedProcess[str]:
    """What pyright's own rules (`standard`) say of a program that stands alone in its folder."""
    pytest.importorskip("basedpyright")
    settings = {"typeCheckingMode": "standard", "include": [program.name], "extraPaths": [str(root)]}
    (program.parent / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "basedpyright", "--project", str(program.parent), "--pythonpath", sys.executable]
    return subprocess.run(command, capture_output=True, text=True, check=False)
