"""The set-up's files agree with each other."""

import json
import re
from pathlib import Path

import pytest

BASE_DIR = Path(__file__).resolve().parent.parent
LOCKS = ("requirements/runtime.txt", "requirements/dev.txt", "requirements/node.txt", "package-lock.json")


def named_in(path: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, (BASE_DIR / path).read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_registry(lock: str) -> None:
    text = (BASE_DIR / lock).read_text()

    assert not re.search(r"^\s*-(-index-url|-extra-index-url|-find-links|i|f)\b", text, re.MULTILINE)
    assert '"resolved"' not in text


def test_every_locked_package_has_its_hash() -> None:
    packages = json.loads((BASE_DIR / "package-lock.json").read_text())["packages"]

    assert all("integrity" in package for path, package in packages.items() if path)


def test_image_is_built_by_make_targets_alone() -> None:
    targets = named_in("Makefile", r"^([a-z]+):")
    runs = named_in("Dockerfile", r"^RUN (.+)$")

    assert runs
    assert all(run.startswith("make ") and run.removeprefix("make ") in targets for run in runs)
    assert all(f"{run}\n" in (BASE_DIR / ".ci/run").read_text() for run in runs)
