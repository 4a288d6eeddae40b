"""The admin is the managers' editor of the catalogue; versions can be looked at and not changed."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from contracts.catalogue_rows import load_catalogue
from contracts.models import BusinessCalendar, CalendarVersion, Plan, PlanVersion, Product, SlaPolicy, SlaPolicyVersion
from portal.accounts.models import User

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MODELS = [Product, BusinessCalendar, CalendarVersion, SlaPolicy, SlaPolicyVersion, Plan, PlanVersion]


@pytest.mark.django_db
def test_manager_opens_every_list_and_row(manager: User, sign_in: Callable[[User], Client]) -> None:
    load_catalogue(now=NOW)
    client = sign_in(manager)
    for model in MODELS:
        name = f"admin:contracts_{model._meta.model_name}"
        assert client.get(reverse(f"{name}_changelist")).status_code == 200
        row = model._default_manager.first()
        assert client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200


@pytest.mark.django_db
def test_version_cannot_be_changed(manager: User, sign_in: Callable[[User], Client]) -> None:
    load_catalogue(now=NOW)
    version = CalendarVersion.objects.first()
    assert version is not None
    url = reverse("admin:contracts_calendarversion_change", args=[version.pk])
    assert sign_in(manager).post(url, {"timezone": "UTC"}).status_code == 403


@pytest.mark.django_db
def test_others_are_kept_out(
    dispatcher: User, technician: User, customer: User, sign_in: Callable[[User], Client]
) -> None:
    for person in (dispatcher, technician, customer):
        assert sign_in(person).get(reverse("admin:contracts_product_changelist")).status_code != 200
