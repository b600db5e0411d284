"""What tests need that not everyone has."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

HAS_ALL_USERS = os.geteuid() == 0 and "4294967295" in Path("/proc/self/uid_map").read_text()
needs_all_users = pytest.mark.skipif(not HAS_ALL_USERS, reason="needs root, and all user numbers")
"""A mark, not a skip of the module: where CI allows no skips (RAWKIT_NO_SKIPS) tests marked `root` fail for it."""
