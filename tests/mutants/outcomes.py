"""A plugin for pytest: refuses to test any files but those of the copy, and writes down which tests failed."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import hypothesis
import pytest

#: Names of the environment variables by which ``run.py`` says what it expects and where to write.
MODULE, FILE, FAILED = "MUTANT_MODULE", "MUTANT_FILE", "MUTANT_FAILED"


def pytest_configure() -> None:
    """End the session where the module under test is not the one of the copy, such as an installed one.

    Random tests are made to draw the same examples in every run, and not to shrink what fails.
    """
    module, expected = os.environ[MODULE], Path(os.environ[FILE])
    imported = Path(str(importlib.import_module(module).__file__))
    if imported.resolve() != expected.resolve():
        raise pytest.UsageError(f"{module} is imported from {imported}, not from {expected}")
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("mutants", derandomize=True, database=None, phases=phases)
    hypothesis.settings.load_profile("mutants")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Write down the test that failed; one whose preparation failed has shown nothing."""
    if report.failed and report.when == "call":
        with Path(os.environ[FAILED]).open("a", encoding="utf-8") as stream:
            stream.write(f"{report.nodeid}\n")
