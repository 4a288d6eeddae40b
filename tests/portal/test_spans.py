from datetime import UTC, datetime, timedelta

import pytest

from portal.web.templatetags.web import duration, in_words

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=2, minutes=10), "2 h 10 min"),
        (timedelta(hours=23, minutes=59), "23 h 59 min"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=1, minutes=59), "1 day"),
        (timedelta(days=1, hours=20, minutes=30), "1 day 20 h"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=3, hours=23, minutes=59), "3 days 23 h"),
        (timedelta(days=4, hours=23), "4 days"),
        (timedelta(days=400), "400 days"),
    ],
)
def test_span_names_the_units_that_matter(span: timedelta, words: str) -> None:
    assert duration(span) == words
    assert in_words(NOW + span, NOW) == f"in {words}"
    assert in_words(NOW - span, NOW) == f"{words} ago"


def test_nothing_is_no_span() -> None:
    assert in_words(None, NOW) == ""
    assert duration(None) == ""
