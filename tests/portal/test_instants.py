from datetime import UTC, datetime

import pytest
from django.utils import timezone
from django.utils.html import strip_tags

from portal.web.instants import time_there
from portal.web.templatetags.web import both_times, in_zone, instant

AT = datetime(2026, 11, 23, 14, 10, tzinfo=UTC)  # a Monday


@pytest.mark.parametrize(
    ("reader", "zone", "words"),
    [
        ("America/New_York", "Asia/Tokyo", "23:10 in Tokyo"),
        ("Asia/Tokyo", "America/New_York", "09:10 in New York"),
        ("America/New_York", "Pacific/Auckland", "Tue 03:10 in Auckland"),
        ("Pacific/Auckland", "America/New_York", "Mon 09:10 in New York"),
        ("Europe/Amsterdam", "UTC", "14:10 in UTC"),
        ("Europe/Amsterdam", "Europe/Berlin", ""),
    ],
)
def test_time_there_is_named_where_clocks_differ(reader: str, zone: str, words: str) -> None:
    with timezone.override(reader):
        assert time_there(AT, zone) == words


def test_instant_is_the_readers() -> None:
    with timezone.override("America/New_York"):
        assert instant(AT) == "Mon 23 Nov 2026, 09:10"
        assert instant(None) == ""


def test_both_times_are_one_where_clocks_agree() -> None:
    with timezone.override("America/New_York"):
        assert strip_tags(both_times(AT, "Asia/Tokyo")) == "Mon 23 Nov 2026, 09:10 · 23:10 in Tokyo"
        assert strip_tags(both_times(AT, "America/Toronto")) == "Mon 23 Nov 2026, 09:10"


def test_in_zone_is_the_places_and_names_it_to_readers_elsewhere() -> None:
    with timezone.override("America/New_York"):
        assert in_zone(AT, "Asia/Tokyo") == "Mon 23 Nov 2026, 23:10 (Tokyo)"
        assert in_zone(AT, "America/Toronto") == "Mon 23 Nov 2026, 09:10"
        assert in_zone(None, "Asia/Tokyo") == ""
