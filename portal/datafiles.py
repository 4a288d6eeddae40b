"""Reads the YAML files that ship with the product, so that any defect names its file and its key.

A parser is a function that takes what YAML gave and returns the typed value, or raises ValueError with the problem.
"""

import datetime as dt
import hashlib
import json
import math
import re
from collections.abc import Callable, Collection, Hashable, Iterator
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
D = TypeVar("D")

Texts = dict[str, str]
"""One text per language code, for example {"en": "Voicemail usage"}."""

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]+)?")
WALL_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class DataFileError(ValueError):
    """A shipped data file is wrong: `path` is the file, `key` the place in it."""

    def __init__(self, path: Path, key: str, problem: str) -> None:
        super().__init__(f"{path.name}: {key}: {problem}" if key else f"{path.name}: {problem}")
        self.path = path
        self.key = key
        self.problem = problem


class _StrictLoader(yaml.SafeLoader):
    """The safe loader, but a key given twice is an error: plain YAML quietly keeps the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[object] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                problem = f"the key {key.value!r} is given twice"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class Fields:
    """One mapping of a file. Whatever was not asked for by the time of `done` is an unknown key."""

    def __init__(self, path: Path, values: object, where: str = "") -> None:
        self.path = path
        self.where = where
        if not isinstance(values, dict):
            raise DataFileError(path, where, "must be a mapping of keys to values")
        self._values: dict[object, object] = values
        self._asked: set[object] = set()

    def __contains__(self, key: str) -> bool:
        """Whether the key has a value; null counts as no value."""
        return self._values.get(key) is not None

    def required(self, key: str, parse: Callable[[object], T]) -> T:
        """The parsed value of a key that must be there."""
        self._asked.add(key)
        if key not in self:
            raise self.error(key, "is missing")
        return self._parse(key, parse)

    def optional(self, key: str, parse: Callable[[object], T], default: D) -> T | D:
        """The parsed value, or the default where the key is absent or null."""
        self._asked.add(key)
        return self._parse(key, parse) if key in self else default

    def children(self, key: str) -> Iterator["Fields"]:
        """Each mapping of a list; none where the key is absent."""
        items = self.optional(key, _list, [])
        for index, item in enumerate(items):
            yield Fields(self.path, item, self._name(f"{key}[{_label(item, index)}]"))

    def child(self, key: str) -> "Fields | None":
        """The mapping below a key, or None where the key is absent."""
        values = self.optional(key, _anything, None)
        return None if values is None else Fields(self.path, values, self._name(key))

    def done(self) -> None:
        """Refuses the keys that nobody asked for; a misspelt key would be lost otherwise."""
        unknown = sorted(str(key) for key in self._values.keys() - self._asked)
        if unknown:
            raise self.error(unknown[0], "is not a known key")

    def error(self, key: str, problem: str) -> DataFileError:
        """The error to raise about a key of this mapping."""
        return DataFileError(self.path, self._name(key), problem)

    def _name(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def _parse(self, key: str, parse: Callable[[object], T]) -> T:
        try:
            return parse(self._values[key])
        except ValueError as error:
            raise self.error(key, str(error)) from error


def read_mapping(path: Path) -> Fields:
    """The top mapping of a YAML file. Raises DataFileError where the file cannot be read as one."""
    try:
        # The loader is a SafeLoader with one more check, hence the silenced rule.
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise DataFileError(path, line, error.problem or "is not YAML") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataFileError(path, "", f"cannot be read: {error}") from error
    return Fields(path, values)


def refuse_repeats(fields: Fields, key: str, values: Collection[Hashable]) -> None:
    """Raises DataFileError where a value that must be unique is there twice."""
    seen: set[Hashable] = set()
    for value in values:
        if value in seen:
            raise fields.error(key, f"{value!r} is there twice")
        seen.add(value)


def content_hash(data: "DataclassInstance") -> str:
    """SHA-256 (hex) over a value's content: comments, layout and the order of keys in the file do not count."""
    canonical = json.dumps(asdict(data), sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def text(value: object) -> str:
    """A text that is not empty. A number is refused: YAML turns an unquoted 15.0 or 17:00 into one."""
    if not isinstance(value, str):
        raise ValueError("must be a text; put it in quotes")
    if not value.strip():
        raise ValueError("must not be empty")
    return value.strip()


def texts(value: object) -> Texts:
    """A text per language; English must be among them, since every other language falls back to it."""
    if not isinstance(value, dict):
        raise ValueError("must be a mapping of language to text")
    if "en" not in value:
        raise ValueError("lacks the English text (en)")
    return {_language(key): text(item) for key, item in value.items()}


def slug(value: object) -> str:
    """A stable name in small letters, digits and single hyphens."""
    name = text(value)
    if not SLUG.fullmatch(name):
        raise ValueError("may only have small letters, digits and single hyphens")
    return name


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def number(value: object) -> Decimal:
    """A finite number, exactly as it stands in the file."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("must be a number")
    return Decimal(str(value))


def day(value: object) -> dt.date:
    """A date such as 2018-01-09."""
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        raise ValueError("must be a date, YYYY-MM-DD")
    return value


def wall_time(value: object) -> str:
    """A wall time "HH:MM" from 00:00 to 23:59."""
    if not isinstance(value, str) or not WALL_TIME.fullmatch(value):
        raise ValueError('must be a wall time in quotes, such as "09:00"')
    return value


def whole_number(minimum: int = 0, maximum: int = 1_000_000) -> Callable[[object], int]:
    """A parser for whole numbers within both bounds."""

    def parse(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError("must be a whole number")
        if not minimum <= value <= maximum:
            raise ValueError(f"must lie between {minimum} and {maximum}")
        return value

    return parse


def one_of(allowed: Collection[str]) -> Callable[[object], str]:
    """A parser for one of the allowed names."""

    def parse(value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError(f"must be one of {', '.join(sorted(allowed))}")
        return value

    return parse


def list_of(parse: Callable[[object], T]) -> Callable[[object], tuple[T, ...]]:
    """A parser for a list of values, each of which is there once."""

    def parse_all(value: object) -> tuple[T, ...]:
        items = tuple(parse(item) for item in _list(value))
        if len(set(items)) != len(items):
            raise ValueError("names something twice")
        return items

    return parse_all


def _anything(value: object) -> object:
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError("must be a list")
    return value


def _language(value: object) -> str:
    if not isinstance(value, str) or not LANGUAGE.fullmatch(value):
        raise ValueError(f"{value!r} is not a language code")
    return value


def _label(item: object, index: int) -> object:
    """What a reader finds an item of a list by: its own stable name, or else its number."""
    if isinstance(item, dict):
        return next((item[key] for key in ("key", "slug", "kind", "name") if isinstance(item.get(key), str)), index)
    return index
