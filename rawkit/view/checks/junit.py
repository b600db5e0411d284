"""Cases in the XML that JUnit and Ant began, as GitLab, Jenkins and GitHub's actions read it."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from rawkit.view.checks.cases import Case, FileCases

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
ELEMENTS = {"failed": "failure", "error": "error"}


def document(files: Sequence[FileCases]) -> str:
    """A suite a file, a case an expectation.

    >>> from rawkit.view.checks.cases import file_cases
    >>> '<testcase name="the file is whole" classname="a.pcap"' in document([file_cases("a.pcap", None, [])])
    True
    """
    root = ElementTree.Element("testsuites", _counts([case for found in files for case in found.cases]))
    for found in files:
        suite = ElementTree.SubElement(root, "testsuite", {"name": found.file, **_counts(found.cases)})
        for case in found.cases:
            _add(suite, found.file, case)
    ElementTree.indent(root)
    return f"{DECLARATION}\n{ElementTree.tostring(root, encoding='unicode')}\n"


def _counts(cases: Sequence[Case]) -> dict[str, str]:
    failures, errors = (sum(case.verdict == verdict for case in cases) for verdict in ELEMENTS)
    return {"tests": str(len(cases)), "failures": str(failures), "errors": str(errors)}


def _add(suite: ElementTree.Element, file: str, case: Case) -> None:
    element = ElementTree.SubElement(suite, "testcase", {"name": case.name, "classname": file})
    if case.verdict in ELEMENTS:
        why = ElementTree.SubElement(element, ELEMENTS[case.verdict], {"message": f"{case.name}: {case.found}"})
        why.text = "\n".join((case.found, *case.proof))
