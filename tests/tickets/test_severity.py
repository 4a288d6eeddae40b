import math

import pytest

from tickets.severity import IMPACTS, URGENCIES, SeverityError, impact_of, severity

EXPECTED = [
    ("widespread", "critical", "S1"),
    ("large", "critical", "S1"),
    ("localised", "critical", "S2"),
    ("individual", "critical", "S3"),
    ("widespread", "high", "S1"),
    ("large", "high", "S2"),
    ("localised", "high", "S2"),
    ("individual", "high", "S3"),
    ("widespread", "medium", "S2"),
    ("large", "medium", "S3"),
    ("localised", "medium", "S3"),
    ("individual", "medium", "S3"),
    ("widespread", "low", "S4"),
    ("large", "low", "S4"),
    ("localised", "low", "S4"),
    ("individual", "low", "S4"),
]


@pytest.mark.parametrize(("impact", "urgency", "expected"), EXPECTED)
def test_severity_of_every_cell(impact: str, urgency: str, expected: str) -> None:
    assert severity(impact, urgency) == expected


def test_severity_table_of_the_test_is_whole() -> None:
    assert {(impact, urgency) for impact, urgency, _ in EXPECTED} == {(i, u) for i in IMPACTS for u in URGENCIES}


@pytest.mark.parametrize(
    ("impact", "urgency", "attr"),
    [
        ("huge", "low", "impact"),
        ("", "low", "impact"),
        ("large", "Critical", "urgency"),
        ("large", "", "urgency"),
    ],
)
def test_severity_of_an_unknown_word_names_it(impact: str, urgency: str, attr: str) -> None:
    with pytest.raises(SeverityError) as caught:
        severity(impact, urgency)
    assert (caught.value.attr, caught.value.code) == (attr, "invalid_choice")


@pytest.mark.parametrize(
    ("affected", "impact"),
    [
        (0, "individual"),
        (0.2499999, "individual"),
        (0.25, "localised"),
        (0.5, "localised"),
        (0.5000001, "large"),
        (0.6, "large"),
        (0.75, "large"),
        (0.7500001, "widespread"),
        (1, "widespread"),
    ],
)
def test_impact_of_a_share_at_its_bounds(affected: float, impact: str) -> None:
    assert impact_of(affected) == impact


@pytest.mark.parametrize("affected", [-0.0001, 1.0001, math.nan, math.inf, -math.inf])
def test_impact_of_a_share_outside_is_refused(affected: float) -> None:
    with pytest.raises(SeverityError) as caught:
        impact_of(affected)
    assert (caught.value.attr, caught.value.code) == ("affected", "out_of_range")
