from datetime import date

import pytest

from contracts.holiday_dates import holiday_dates
from portal.web.errors import DomainError


def test_dates_of_a_country_in_order() -> None:
    dates = holiday_dates("NL", "", [2026, 2027])
    assert dates == sorted(dates)
    assert {date(2026, 4, 27), date(2026, 12, 25), date(2027, 1, 1)} <= set(dates)
    assert {day.year for day in dates} == {2026, 2027}


def test_subdivision_adds_its_own() -> None:
    assert date(2026, 11, 30) in holiday_dates("GB", "SCT", [2026])  # St Andrew's Day
    assert date(2026, 11, 30) not in holiday_dates("GB", "ENG", [2026])


@pytest.mark.parametrize(
    ("country", "subdivision", "attr"),
    [("XX", "", "country"), ("nl", "", "country"), ("", "", "country"), ("GB", "QQ", "subdivision")],
)
def test_unknown_code_names_its_field(country: str, subdivision: str, attr: str) -> None:
    with pytest.raises(DomainError) as refused:
        holiday_dates(country, subdivision, [2026])
    assert refused.value.attr == attr
