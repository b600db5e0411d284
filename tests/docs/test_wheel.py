"""Who installed rawkit has what they are pointed to: pages, captures and scenarios are in the wheel."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.wheels import build

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")

Run = Callable[..., str]


@pytest.fixture(scope="module", params=["checkout", "sdist"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the wheel was unpacked, as pip does it; made out of the checkout or of an sdist."""
    folder = tmp_path_factory.mktemp("wheel")
    source = ROOT
    if request.param == "sdist":
        subprocess.run(["tar", "-xzf", build("sdist", source, folder), "-C", folder], check=True)
        (source,) = (path for path in folder.iterdir() if path.is_dir())
    with zipfile.ZipFile(build("wheel", source, folder)) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.fixture
def rawkit(site: Path) -> Run:
    """Runs the rawkit of the wheel, and returns what it prints."""

    def run(*arguments: str, folder: Path = site) -> str:
        environment = {**os.environ, "PYTHONPATH": str(site), "COLUMNS": "80"}
        command = [sys.executable, "-P", "-m", "rawkit", *arguments]
        return subprocess.run(
            command, cwd=folder, env=environment, check=True, capture_output=True, text=True, timeout=120
        ).stdout

    return run


@pytest.fixture
def pages(rawkit: Run) -> Path:
    """The folder that `rawkit --help` names."""
    (folder,) = re.findall(r"Pages and captures to try are in\n(.*): begin with README\.md\.", rawkit("--help"))
    return Path(folder)


def test_help_names_pages_of_the_wheel(pages: Path, site: Path) -> None:
    assert pages.is_relative_to(site)
    for page in ["README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").iterdir())]:
        assert (pages / page).read_bytes() == (ROOT / page).read_bytes()


def test_links_of_its_pages_lead_to_others(pages: Path) -> None:
    texts = [*pages.rglob("*.md")]
    missing = [(page.name, link) for page in texts for link in LINK.findall(page.read_text()) if not lead(page, link)]
    assert len(texts) > 10
    assert missing == []


def lead(page: Path, link: str) -> bool:
    return (page.parent / link).exists()


def test_its_captures_can_be_read(pages: Path, rawkit: Run) -> None:
    assert {path.name for path in (pages / "captures").iterdir()} == {p.name for p in (ROOT / "captures").iterdir()}
    text = rawkit("sniff", "-r", "captures/tcp-connect-refused.pcap", "-n", "--view", "handshakes", folder=pages)
    assert "connect(): ECONNREFUSED" in text


def test_the_lab_has_its_scenarios_and_its_page(pages: Path, rawkit: Run) -> None:
    listed = rawkit("lab", "list")
    for scenario in (ROOT / "rawkit" / "lab" / "scenarios").glob("*.toml"):
        assert f"  {scenario.stem} " in listed
    assert f"  {pages / 'docs' / 'lab.md'}" in rawkit("lab", "--help").splitlines()
