"""The managers' editor: drafts are edited and published, what work uses is frozen."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from schedules.enums import VersionState
from schedules.models import ProcedureVersion
from tests.schedules.conftest import make_procedure

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]


def run_action(client: Client, model: str, action: str, pk: int) -> None:
    answer = client.post(
        reverse(f"admin:schedules_{model}_changelist"), {"action": action, "_selected_action": [pk]}, follow=True
    )
    assert answer.status_code == 200


def test_manager_drafts_and_publishes(sign_in: SignIn, manager: User) -> None:
    procedure = make_procedure()
    client = sign_in(manager)
    run_action(client, "procedure", "start_draft", procedure.pk)
    draft = ProcedureVersion.objects.get(state=VersionState.DRAFT)
    page = client.get(reverse("admin:schedules_procedureversion_change", args=[draft.pk]))
    assert b'name="steps-0-texts"' in page.content
    run_action(client, "procedureversion", "publish", draft.pk)
    assert procedure.published() == draft


def test_published_version_is_shown_and_not_edited(sign_in: SignIn, manager: User) -> None:
    version = make_procedure().published()
    client = sign_in(manager)
    page = client.get(reverse("admin:schedules_procedureversion_change", args=[version.pk]))
    assert page.status_code == 200
    assert b'name="steps-0-texts"' not in page.content
    run_action(client, "procedureversion", "publish", version.pk)
    version.refresh_from_db()
    assert version.state == VersionState.PUBLISHED


@pytest.mark.parametrize("model", ["procedure", "procedureversion", "reactiverule"])
def test_lists_open(sign_in: SignIn, manager: User, model: str) -> None:
    make_procedure()
    assert sign_in(manager).get(reverse(f"admin:schedules_{model}_changelist")).status_code == 200


def test_technician_has_no_editor(sign_in: SignIn, technician: User) -> None:
    answer = sign_in(technician).get(reverse("admin:schedules_procedure_changelist"))
    assert answer.status_code == 302


@pytest.mark.parametrize(
    "condition",
    ["look", [], ["look"], {"step": "look"}, {"step": 1, "value": ["a"]}, {"step": "look", "value": "a"}, {"a": 1}],
)
def test_condition_of_another_form_is_refused(condition: object) -> None:
    step = make_procedure().published().steps.get()
    step.only_if = condition
    if not condition:
        step.full_clean()
        return
    with pytest.raises(ValidationError) as error:
        step.full_clean()
    assert set(error.value.message_dict) == {"only_if"}


def test_good_condition_is_taken() -> None:
    step = make_procedure().published().steps.get()
    step.only_if = {"step": "decision", "value": ["more-memory"]}
    step.full_clean()
