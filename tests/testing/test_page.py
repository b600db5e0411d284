"""docs/ci.md: its tests pass, and its CI files are those of the sample project."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "ci.md").read_text()
PROJECT = ROOT / "tests" / "sample_project"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.root
@pytest.mark.netns
def test_its_tests_pass(project):
    for number, block in enumerate(blocks("python")):
        project.makepyfile(**{f"test_{number}": block})
    written = project.runpytest_subprocess("--update-golden")
    count = len(re.findall(r"^def test_", "\n".join(blocks("python")), re.MULTILINE))
    written.assert_outcomes(passed=count)
    project.runpytest_subprocess("-k", "of_it").assert_outcomes(passed=2, deselected=count - 2)


def test_its_ci_files_are_those_of_the_project():
    assert blocks("yaml") == [
        (PROJECT / ".github" / "workflows" / "ci.yml").read_text(),
        (PROJECT / ".gitlab-ci.yml").read_text(),
    ]


def test_it_says_the_line_of_the_script():
    assert (PROJECT / "ci.sh").read_text().splitlines()[-1] == 'exec python -m pytest --rawkit-failures=artefacts "$@"'
    assert '`python -m pytest --rawkit-failures=artefacts "$@"`' in PAGE
