import hashlib
import threading
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.conf import LazySettings
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection

from portal.accounts import actions
from portal.accounts.invitations import invited_user, make_token
from portal.accounts.models import ApiToken, Organisation, User
from portal.demo import builder
from portal.outbox.enums import MessageState
from portal.outbox.models import Message
from portal.web.errors import Conflict, DomainError

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
needs_connections = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="the tests' SQLite lives in memory and has one connection"
)


def invite(by: User, email: str = "Tess@var.example", **values: str) -> actions.Invitation:
    return actions.invite_user(email=email, name="Tess", by=by, now=NOW, **{"staff_role": "technician"} | values)


def token_of(invitation: actions.Invitation) -> str:
    return invitation.link.rstrip("/").rsplit("/", 1)[-1]


def test_invitation_makes_an_account_without_password_and_a_mail_with_the_link(
    manager: User, settings: LazySettings
) -> None:
    settings.PUBLIC_URL = "https://portal.var.example"
    invitation = invite(manager)
    user = User.objects.get(email="tess@var.example")
    assert user == invitation.user
    assert (user.state, user.staff_role, user.created_at) == ("invited", "technician", NOW)
    assert not user.has_usable_password()
    assert invitation.link.startswith("https://portal.var.example/invitations/")
    message = Message.objects.get()
    assert (message.to, message.recipient, message.state) == (user.email, user, MessageState.SHOWN)
    assert message.subject == "Your account at Test Telecom"
    assert invitation.link in message.text
    assert "Mona Manager" in message.text
    assert "&#x27;" not in message.text


def test_invitation_of_one_who_can_sign_in_returns_the_account_alone(manager: User, technician: User) -> None:
    technician.set_password(PASSWORD)
    technician.save()
    again = invite(manager, technician.email.upper())
    assert (again.user, again.link) == (technician, "")
    assert invite(manager, technician.email, staff_role="").user == technician
    assert not Message.objects.exists()


def test_invitation_repeated_while_open_mails_again_but_makes_nobody_twice(manager: User) -> None:
    assert invite(manager).user == invite(manager, "tess@VAR.example").user
    assert User.objects.filter(email__iexact="tess@var.example").count() == 1
    assert Message.objects.count() == 2


def test_invitation_never_changes_anothers_role(manager: User, customer: User) -> None:
    with pytest.raises(DomainError) as refused:
        invite(manager, customer.email, staff_role="manager")
    assert refused.value.attr == "email"
    customer.refresh_from_db()
    assert customer.staff_role == ""


def test_invitation_of_a_deactivated_person_is_refused(manager: User, technician: User) -> None:
    actions.deactivate_user(user=technician, by=manager, now=NOW)
    with pytest.raises(DomainError) as refused:
        invite(manager, technician.email)
    assert refused.value.attr == "email"


def test_invitation_works_once(manager: User) -> None:
    invitation = invite(manager)
    user = invited_user(token_of(invitation), now=NOW + timedelta(days=14))
    assert user == invitation.user
    assert user
    actions.accept_invitation(user=user, password=PASSWORD, now=NOW)
    assert authenticate(None, email="TESS@var.example", password=PASSWORD) == user
    assert invited_user(token_of(invitation), now=NOW) is None
    with pytest.raises(Conflict):
        actions.accept_invitation(user=user, password="another password", now=NOW)


def test_invitation_is_too_old_after_14_days(manager: User) -> None:
    token = token_of(invite(manager))
    assert invited_user(token, now=NOW + timedelta(days=14, seconds=1)) is None


@pytest.mark.parametrize("spoil", [lambda t: "x" + t, lambda t: t[:-1], lambda t: t.split(":")[0], lambda t: ""])
def test_invitation_with_another_signature_is_refused(manager: User, spoil: object) -> None:
    assert callable(spoil)
    assert invited_user(spoil(token_of(invite(manager))), now=NOW) is None


def test_invitation_ends_when_the_address_changes_or_the_person_is_deactivated(manager: User) -> None:
    invitation = invite(manager)
    User.objects.filter(pk=invitation.user.pk).update(email="other@var.example")
    assert invited_user(token_of(invitation), now=NOW) is None
    user = User.objects.get(pk=invitation.user.pk)
    token = make_token(user, now=NOW)
    actions.deactivate_user(user=user, by=manager, now=NOW)
    assert invited_user(token, now=NOW) is None


def test_resending_is_refused_once_accepted(manager: User) -> None:
    invitation = invite(manager)
    assert actions.resend_invitation(user=invitation.user, by=manager, now=NOW).link
    assert Message.objects.count() == 2
    user = actions.accept_invitation(user=invitation.user, password=PASSWORD, now=NOW)
    with pytest.raises(Conflict):
        actions.resend_invitation(user=user, by=manager, now=NOW)


def test_invitation_is_written_in_the_readers_language_without_an_organisation(
    manager: User, organisation: Organisation
) -> None:
    organisation.delete()
    invite(manager)
    assert Message.objects.get().subject == "Your account at the portal"


def test_last_manager_cannot_be_demoted_or_deactivated(manager: User) -> None:
    with pytest.raises(Conflict):
        actions.deactivate_user(user=manager, by=manager, now=NOW)
    with pytest.raises(Conflict):
        actions.change_role(user=manager, staff_role="technician", by=manager, now=NOW)
    manager.refresh_from_db()
    assert manager.is_manager


def test_deactivated_manager_does_not_count_as_one(manager: User) -> None:
    second = builder.staff(now=NOW, role="manager")
    actions.deactivate_user(user=second, by=manager, now=NOW)
    with pytest.raises(Conflict):
        actions.deactivate_user(user=manager, by=manager, now=NOW)
    actions.reactivate_user(user=second, by=manager, now=NOW)
    actions.change_role(user=manager, staff_role="dispatcher", by=second, now=NOW)
    manager.refresh_from_db()
    assert manager.staff_role == "dispatcher"


def test_manager_may_stay_manager(manager: User) -> None:
    actions.change_role(user=manager, staff_role="manager", by=manager, now=NOW)


@pytest.mark.parametrize("role", ["", "root", "Manager"])
def test_unknown_role_is_refused_at_its_field(manager: User, technician: User, role: str) -> None:
    with pytest.raises(DomainError) as refused:
        actions.change_role(user=technician, staff_role=role, by=manager, now=NOW)
    assert refused.value.attr == "staff_role"


@needs_connections
@pytest.mark.django_db(transaction=True)
def test_two_managers_who_deactivate_each_other_at_once_leave_one(manager: User) -> None:
    second = builder.staff(now=NOW, role="manager")
    start = threading.Barrier(2)

    def deactivate(user: User, by: User) -> None:
        start.wait()
        try:
            actions.deactivate_user(user=user, by=by, now=NOW)
        except Conflict:
            pass
        finally:
            connection.close()

    pairs = [(manager, second), (second, manager)]
    threads = [threading.Thread(target=deactivate, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert User.objects.filter(staff_role="manager", is_active=True).count() == 1


@needs_connections
@pytest.mark.django_db(transaction=True)
def test_two_invitations_of_one_person_at_once_make_one_account(manager: User) -> None:
    start = threading.Barrier(2)

    def send() -> None:
        start.wait()
        try:
            invite(manager)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert User.objects.filter(email="tess@var.example").count() == 1


def test_deactivation_ends_keys_for_good(manager: User, technician: User) -> None:
    token, _key = actions.create_api_token(user=technician, name="script", read_only=False, now=NOW)
    actions.deactivate_user(user=technician, by=manager, now=NOW + timedelta(hours=1))
    actions.reactivate_user(user=technician, by=manager, now=NOW + timedelta(hours=2))
    token.refresh_from_db()
    assert token.revoked_at == NOW + timedelta(hours=1)
    assert not token.is_valid()


def test_key_is_kept_as_a_hash_only(technician: User) -> None:
    token, key = actions.create_api_token(user=technician, name="script", read_only=True, now=NOW)
    assert len(key) >= 43  # 256 bits
    assert token.key_sha256 == hashlib.sha256(key.encode()).hexdigest()
    assert key.startswith(token.prefix)
    assert not any(key == value for value in ApiToken.objects.values_list().get())


def test_revoking_twice_keeps_the_first_instant(technician: User) -> None:
    token, _key = actions.create_api_token(user=technician, name="script", read_only=True, now=NOW)
    actions.revoke_api_token(token=token, now=NOW)
    assert actions.revoke_api_token(token=token, now=NOW + timedelta(days=1)).revoked_at == NOW


def test_create_api_token_command_prints_the_key_alone(technician: User) -> None:
    out = StringIO()
    call_command("create_api_token", technician.email.upper(), "--read-only", "--name", "probe", stdout=out)
    key = out.getvalue().strip()
    assert out.getvalue() == f"{key}\n"
    token = ApiToken.objects.get(key_sha256=hashlib.sha256(key.encode()).hexdigest())
    assert (token.user, token.read_only, token.name) == (technician, True, "probe")


def test_create_api_token_command_for_nobody_says_so(db: None) -> None:
    with pytest.raises(CommandError, match="Nobody active"):
        call_command("create_api_token", "nobody@var.example")
