"""Readings that no checklist asked for are stored together or not at all."""

import math
from datetime import timedelta
from typing import Any

import pytest

from portal.web.errors import DomainError
from schedules.actions import Measured, record_readings
from schedules.actions.reading import MAX_BATCH
from schedules.models import Reading
from tests.schedules.conftest import NOW, World

pytestmark = pytest.mark.django_db


def measured(world: World, **values: Any) -> Measured:
    return Measured(**{"asset": world.asset, "metric": "users", "value": 20, "taken_at": NOW} | values)


def test_readings_come_back_with_their_keys(world: World) -> None:
    stored = record_readings(readings=[measured(world, value=value) for value in (1, 2)], now=NOW)
    assert [Reading.objects.get(pk=row.pk).value for row in stored] == [1, 2]
    assert {row.source for row in stored} == {"api"}


@pytest.mark.parametrize(
    ("values", "attr"),
    [
        ({"value": math.nan}, "1.value"),
        ({"value": math.inf}, "1.value"),
        ({"value": -1}, "1.value"),
        ({"value": 1e13}, "1.value"),
        ({"taken_at": NOW + timedelta(minutes=10, seconds=1)}, "1.taken_at"),
    ],
)
def test_readings_with_one_fault_store_nothing(world: World, values: dict[str, Any], attr: str) -> None:
    with pytest.raises(DomainError) as refused:
        record_readings(readings=[measured(world), measured(world, **values)], now=NOW)
    assert refused.value.attr == attr
    assert not Reading.objects.exists()


def test_readings_beyond_a_thousand_are_refused(world: World) -> None:
    with pytest.raises(DomainError, match="at most 1000"):
        record_readings(readings=[measured(world)] * (MAX_BATCH + 1), now=NOW)
