"""Reading shipped YAML: a defect names its file and its key."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from portal.datafiles import (
    DataFileError,
    content_hash,
    day,
    flag,
    list_of,
    number,
    one_of,
    read_mapping,
    slug,
    text,
    texts,
    wall_time,
    whole_number,
)


def written(folder: Path, content: str) -> Path:
    path = folder / "sample.yaml"
    path.write_text(content, encoding="utf-8")
    return path


def test_read_mapping_gives_typed_values(tmp_path: Path) -> None:
    source = read_mapping(written(tmp_path, "name: {en: Hello, nl: Hallo}\nshare: 0.8\non_day: 2018-01-09\n"))
    assert source.required("name", texts) == {"en": "Hello", "nl": "Hallo"}
    assert source.required("share", number) == Decimal("0.8")
    assert source.required("on_day", day) == date(2018, 1, 9)
    assert source.optional("absent", text, "default") == "default"
    source.done()


def test_done_refuses_an_unknown_key(tmp_path: Path) -> None:
    source = read_mapping(written(tmp_path, "nmae: x\n"))
    with pytest.raises(DataFileError) as caught:
        source.done()
    assert str(caught.value) == "sample.yaml: nmae: is not a known key"


def test_children_are_named_by_their_own_key(tmp_path: Path) -> None:
    source = read_mapping(written(tmp_path, "steps:\n  - {key: look, kind: 7}\n  - {kind: 8}\n"))
    keys = []
    for child in source.children("steps"):
        with pytest.raises(DataFileError) as caught:
            child.required("kind", text)
        keys.append(caught.value.key)
    assert keys == ["steps[look].kind", "steps[1].kind"]


@pytest.mark.parametrize(
    ("content", "key", "problem"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3", "given twice"),
        ("a: [1\n", "line 2", "expected"),
        ("? [a]\n: 1\n", "line 1", "unhashable key"),
        ("- 1\n", "", "must be a mapping"),
        ("", "", "must be a mapping"),
        ("a: !!python/object/apply:os.getcwd []\n", "line 1", "could not determine a constructor"),
    ],
)
def test_read_mapping_refuses_what_is_no_plain_mapping(tmp_path: Path, content: str, key: str, problem: str) -> None:
    with pytest.raises(DataFileError) as caught:
        read_mapping(written(tmp_path, content))
    assert caught.value.key == key
    assert problem in caught.value.problem


def test_read_mapping_names_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "bytes.yaml"
    path.write_bytes(b"name: \xff\xfe")
    for broken in (path, tmp_path / "absent.yaml"):
        with pytest.raises(DataFileError, match=f"{broken.name}: cannot be read"):
            read_mapping(broken)


@pytest.mark.parametrize(
    ("parse", "value"),
    [
        (text, 15.0),
        (text, "  "),
        (texts, "Hello"),
        (texts, {"nl": "Hallo"}),
        (texts, {"en": "Hello", False: "Nei"}),
        (slug, "Not_A Slug"),
        (flag, "yes"),
        (number, True),
        (number, float("nan")),
        (day, "2018-01-09"),
        (wall_time, 540),
        (wall_time, "24:00"),
        (whole_number(1, 5), 6),
        (whole_number(1, 5), True),
        (one_of(("a", "b")), "c"),
        (one_of(("a", "b")), ["a"]),
        (list_of(text), "a"),
        (list_of(text), ["a", "a"]),
    ],
)
def test_parser_refuses_another_type_or_value(parse: object, value: object) -> None:
    assert callable(parse)
    with pytest.raises(ValueError):
        parse(value)


def test_content_hash_depends_on_content_alone() -> None:
    @dataclass(frozen=True)
    class Sample:
        name: dict[str, str]
        share: Decimal

    one = Sample({"en": "Hello", "nl": "Hallo"}, Decimal("0.8"))
    other_order = Sample({"nl": "Hallo", "en": "Hello"}, Decimal("0.8"))
    assert content_hash(one) == content_hash(other_order)
    assert content_hash(one) != content_hash(Sample({"en": "Hello"}, Decimal("0.8")))
    assert len(content_hash(one)) == 64
