import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import NoReverseMatch, reverse
from PIL import Image
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from portal.accounts import actions
from portal.accounts.models import ApiToken, Organisation, User
from portal.demo import builder
from portal.outbox.models import Message

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def fresh_rate_limits() -> None:
    cache.clear()


def page(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def give_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save()
    return user


# Signing in


def test_sign_in_by_email_whatever_its_case(technician: User) -> None:
    give_password(technician)
    client = Client()
    answer = client.post(
        "/accounts/login/", {"login": "Technician@VAR.example", "password": PASSWORD, "next": "/account/"}
    )
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
    assert "Tara Technician" in page(client, "/account/")


def test_sign_in_with_a_wrong_password_says_so_and_keeps_the_address(technician: User) -> None:
    answer = Client().post("/accounts/login/", {"login": technician.email, "password": "wrong"})
    assert answer.status_code == 200
    assert technician.email in answer.content.decode()
    assert "not correct" in answer.content.decode()


def test_sign_in_is_limited_after_five_wrong_passwords(technician: User) -> None:
    give_password(technician)
    for _attempt in range(5):
        Client().post("/accounts/login/", {"login": technician.email, "password": "wrong"})
    answer = Client().post("/accounts/login/", {"login": technician.email, "password": PASSWORD})
    assert answer.status_code == 200
    assert "Too many failed login attempts" in answer.content.decode()


def test_deactivated_person_is_signed_out_at_once_and_cannot_return(
    manager: User, technician: User, sign_in: SignIn
) -> None:
    give_password(technician)
    client = sign_in(technician)
    page(client, "/account/")
    actions.deactivate_user(user=technician, by=manager, now=NOW)
    assert client.get("/account/").status_code == 302
    answer = client.post("/accounts/login/", {"login": technician.email, "password": PASSWORD})
    assert answer["Location"] == "/accounts/inactive/"
    assert "deactivated" in page(client, "/accounts/inactive/")


def test_sign_out_asks_on_get_and_acts_on_post(technician: User, sign_in: SignIn) -> None:
    client = sign_in(technician)
    assert "Sign out?" in page(client, "/accounts/logout/")
    assert client.post("/accounts/logout/")["Location"] == "/accounts/login/"
    assert client.get("/account/").status_code == 302


@pytest.mark.parametrize("path", ["signup/", "email/", "confirm-email/", "reauthenticate/", "login/code/confirm/", ""])
def test_parts_of_allauth_that_make_no_sense_are_not_there(technician: User, sign_in: SignIn, path: str) -> None:
    assert sign_in(technician).get(f"/accounts/{path}").status_code == 404


def test_signup_has_no_name() -> None:
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")


def test_password_reset_sends_a_link_that_works_once(technician: User, settings: LazySettings) -> None:
    give_password(technician)
    client = Client()
    page(client, "/accounts/password/reset/")
    assert client.post("/accounts/password/reset/", {"email": technician.email}).status_code == 302
    assert "Look at your mail" in page(client, "/accounts/password/reset/done/")
    message = Message.objects.get()
    assert (message.to, message.subject) == (technician.email, "A new password for the maintenance portal")
    found = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", message.text)
    assert found
    form = client.get(found[1])["Location"]
    assert "Choose a new password" in page(client, form)
    new = {"password1": "a brand new battery", "password2": "a brand new battery"}
    assert client.post(form, new)["Location"] == "/accounts/password/reset/key/done/"
    assert "Your password is changed" in page(client, "/accounts/password/reset/key/done/")
    technician.refresh_from_db()
    assert technician.check_password("a brand new battery")
    assert "no longer works" in page(Client(), found[1])


def test_password_reset_of_an_unknown_address_answers_the_same_and_sends_nothing(db: None) -> None:
    answer = Client().post("/accounts/password/reset/", {"email": "nobody@var.example"})
    assert answer["Location"] == "/accounts/password/reset/done/"
    assert not Message.objects.exists()


def test_password_change_keeps_this_session(technician: User, sign_in: SignIn) -> None:
    client = sign_in(give_password(technician))
    page(client, "/accounts/password/change/")
    wrong = {"oldpassword": "wrong", "password1": "a brand new battery", "password2": "a brand new battery"}
    assert "Please type your current password" in client.post("/accounts/password/change/", wrong).content.decode()
    answer = client.post("/accounts/password/change/", wrong | {"oldpassword": PASSWORD})
    assert answer["Location"] == "/account/"
    page(client, "/account/")


def test_password_page_of_one_without_password_lets_set_one(technician: User, sign_in: SignIn) -> None:
    client = sign_in(technician)
    assert client.get("/accounts/password/change/")["Location"] == "/accounts/password/set/"
    assert "Change the password" in page(client, "/accounts/password/set/")


# Invitations


def test_invited_person_chooses_a_password_and_is_in(manager: User) -> None:
    link = actions.invite_user(
        email="tess@var.example", name="Tess", staff_role="technician", by=manager, now=datetime.now(UTC)
    ).link
    path = "/" + link.split("/", 3)[3]
    client = Client()
    assert "Welcome, Tess" in page(client, path)
    weak = client.post(path, {"password": "12345"})
    assert weak.status_code == 200
    assert "too short" in weak.content.decode()
    assert client.post(path, {"password": PASSWORD})["Location"] == "/"
    assert "Tess" in page(client, "/account/")
    assert "no longer works" in page(Client(), path, 410)


def test_invitation_that_is_made_up_is_gone(db: None) -> None:
    assert "no longer works" in page(Client(), "/invitations/made-up/", 410)


# One's own account


def test_profile_is_saved(customer: User, sign_in: SignIn) -> None:
    client = sign_in(customer)
    values = {"name": "Carla C.", "phone": "+31 20 1", "language": "nl", "timezone": "Asia/Tehran"}
    assert client.post("/account/", values)["Location"] == "/account/"
    customer.refresh_from_db()
    assert (customer.name, customer.language, customer.timezone) == ("Carla C.", "nl", "Asia/Tehran")


def test_profile_with_bad_input_keeps_what_was_typed(customer: User, sign_in: SignIn) -> None:
    client = sign_in(customer)
    values = {"name": "", "phone": "12345", "language": "xx", "timezone": "Mars/Olympus", "staff_role": "manager"}
    answer = client.post("/account/", values)
    assert answer.status_code == 200
    assert "12345" in answer.content.decode()
    assert answer.content.decode().count("invalid-feedback") == 3
    customer.refresh_from_db()
    assert (customer.name, customer.timezone, customer.staff_role) == ("Carla Customer", "UTC", "")


def test_profile_cannot_raise_ones_role(customer: User, sign_in: SignIn) -> None:
    values = {"name": "Carla", "language": "en", "timezone": "UTC", "staff_role": "manager", "email": "x@y.example"}
    sign_in(customer).post("/account/", values)
    customer.refresh_from_db()
    assert (customer.staff_role, customer.email) == ("", "customer@alder.example")


def test_key_is_shown_once(technician: User, sign_in: SignIn) -> None:
    client = sign_in(technician)
    answer = client.post("/account/api-keys/", {"name": "monitoring", "read_only": "on"})
    found = re.search(r'id="new-key" readonly value="([^"]+)"', answer.content.decode())
    assert found
    assert "no-store" in answer["Cache-Control"]
    token = ApiToken.objects.get()
    assert (token.user, token.name, token.read_only) == (technician, "monitoring", True)
    again = page(client, "/account/api-keys/")
    assert "monitoring" in again
    assert found[1] not in again


def test_key_without_a_name_is_refused(technician: User, sign_in: SignIn) -> None:
    answer = sign_in(technician).post("/account/api-keys/", {"name": ""})
    assert "invalid-feedback" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_key_is_revoked_by_its_owner_alone(technician: User, customer: User, manager: User, sign_in: SignIn) -> None:
    token, _key = actions.create_api_token(user=technician, name="script", read_only=False, now=NOW)
    path = f"/account/api-keys/{token.pk}/revoke/"
    assert sign_in(customer).post(path).status_code == 404
    assert sign_in(manager).post(path).status_code == 404
    client = sign_in(technician)
    assert client.get(path).status_code == 405
    assert client.post(path).status_code == 302
    token.refresh_from_db()
    assert token.revoked_at
    assert "Revoked" in page(client, "/account/api-keys/")


def test_keys_of_others_are_not_listed(technician: User, customer: User, sign_in: SignIn) -> None:
    actions.create_api_token(user=technician, name="technicians-script", read_only=False, now=NOW)
    assert "technicians-script" not in page(sign_in(customer), "/account/api-keys/")


# The team


def test_team_lists_the_var_and_no_customers(manager: User, technician: User, customer: User, sign_in: SignIn) -> None:
    text = page(sign_in(manager), "/team/")
    assert "Tara Technician" in text
    assert "Carla Customer" not in text


def test_team_is_searched_filtered_and_sorted(manager: User, technician: User, sign_in: SignIn) -> None:
    give_password(manager)
    client = sign_in(manager)
    assert "Mona" in page(client, "/team/?q=mona")
    assert "Tara Technician" not in page(client, "/team/?q=mona")
    assert "Tara Technician" in page(client, "/team/?state=invited&staff_role=technician")
    assert "Tara Technician" not in page(client, "/team/?state=active")
    assert "Nothing fits these filters" in page(client, "/team/?state=inactive")
    names = re.findall(r"(Mona Manager|Tara Technician)</a>", page(client, "/team/?ordering=-name"))
    assert names == ["Tara Technician", "Mona Manager"]
    assert "invalid-feedback" in page(client, "/team/?state=sleeping")


def test_team_asks_as_often_for_three_as_for_one(
    manager: User, sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = sign_in(manager)
    client.get("/team/")
    with django_assert_num_queries(5):  # session, person, organisation, count, rows
        client.get("/team/")
    for _number in range(3):
        builder.staff(now=NOW)
    with django_assert_num_queries(5):
        client.get("/team/")


TEAM_PAGES = ["/team/", "/team/invite/", "/team/{pk}/", "/organisation/"]
TEAM_POSTS = ["change-role", "deactivate", "reactivate", "resend-invitation"]


@pytest.mark.parametrize("path", TEAM_PAGES)
@pytest.mark.parametrize("who", ["customer", "outsider", "technician", "dispatcher"])
def test_team_pages_are_for_managers(
    db: None, request: pytest.FixtureRequest, sign_in: SignIn, path: str, who: str
) -> None:
    user: User = request.getfixturevalue(who)
    manager: User = request.getfixturevalue("manager")
    assert sign_in(user).get(path.format(pk=manager.pk)).status_code == 403
    assert sign_in(manager).get(path.format(pk=manager.pk)).status_code == 200
    assert Client().get(path.format(pk=manager.pk)).status_code == 302


@pytest.mark.parametrize("verb", TEAM_POSTS)
def test_team_changes_are_for_managers(
    manager: User, technician: User, customer: User, dispatcher: User, sign_in: SignIn, verb: str
) -> None:
    path = f"/team/{manager.pk}/{verb}/"
    for user in (technician, customer, dispatcher):
        assert sign_in(user).post(path, {"staff_role": "technician"}).status_code == 403
    assert sign_in(manager).get(path).status_code == 405
    manager.refresh_from_db()
    assert manager.is_manager


def test_customers_person_is_not_in_the_team(manager: User, customer: User, sign_in: SignIn) -> None:
    client = sign_in(manager)
    assert client.get(f"/team/{customer.pk}/").status_code == 404
    for verb in TEAM_POSTS:
        assert client.post(f"/team/{customer.pk}/{verb}/", {"staff_role": "manager"}).status_code == 404
    customer.refresh_from_db()
    assert (customer.staff_role, customer.is_active) == ("", True)


INVITATION = {
    "name": "Tess",
    "email": "tess@var.example",
    "staff_role": "technician",
    "language": "en",
    "timezone": "UTC",
}


def test_colleague_is_invited_and_the_link_is_there_to_copy(manager: User, sign_in: SignIn) -> None:
    client = sign_in(manager)
    answer = client.post("/team/invite/", INVITATION)
    tess = User.objects.get(email="tess@var.example")
    assert answer["Location"] == f"/team/{tess.pk}/"
    text = page(client, answer["Location"])
    assert "/invitations/" in text
    assert "No mail server is set up" in text
    found = re.search(r'data-copy="http://[^/]+([^"]+)"', text)
    assert found
    assert "Welcome, Tess" in page(Client(), found[1])


def test_invitation_with_bad_input_names_the_fields(manager: User, customer: User, sign_in: SignIn) -> None:
    client = sign_in(manager)
    bad = client.post("/team/invite/", INVITATION | {"email": "tess", "staff_role": "root"}).content.decode()
    assert bad.count("invalid-feedback") == 2
    assert "Tess" in bad
    taken = client.post("/team/invite/", INVITATION | {"email": customer.email}).content.decode()
    assert "already has an account" in taken
    assert not User.objects.filter(name="Tess").exists()


def test_role_is_changed_and_the_last_manager_kept(manager: User, technician: User, sign_in: SignIn) -> None:
    client = sign_in(manager)
    assert client.post(f"/team/{technician.pk}/change-role/", {"staff_role": "dispatcher"}).status_code == 302
    technician.refresh_from_db()
    assert technician.staff_role == "dispatcher"
    answer = client.post(f"/team/{manager.pk}/change-role/", {"staff_role": "technician"})
    assert "last manager" in answer.content.decode()
    answer = client.post(f"/team/{technician.pk}/change-role/", {"staff_role": "root"})
    assert "invalid-feedback" in answer.content.decode()


def test_colleague_is_deactivated_and_reactivated(manager: User, technician: User, sign_in: SignIn) -> None:
    client = sign_in(manager)
    client.post(f"/team/{technician.pk}/deactivate/")
    technician.refresh_from_db()
    assert not technician.is_active
    assert "Reactivate" in page(client, f"/team/{technician.pk}/")
    client.post(f"/team/{technician.pk}/reactivate/")
    technician.refresh_from_db()
    assert technician.is_active
    assert "last manager" in client.post(f"/team/{manager.pk}/deactivate/", follow=True).content.decode()


def test_invitation_is_sent_again(manager: User, technician: User, sign_in: SignIn) -> None:
    client = sign_in(manager)
    client.post(f"/team/{technician.pk}/resend-invitation/")
    assert Message.objects.get().to == technician.email
    give_password(technician)
    answer = client.post(f"/team/{technician.pk}/resend-invitation/", follow=True)
    assert "no open invitation" in answer.content.decode()
    assert Message.objects.count() == 1


def test_organisation_is_saved(manager: User, organisation: Organisation, sign_in: SignIn) -> None:
    client = sign_in(manager)
    values = ORGANISATION | {"language": "fa", "missed_tasks_told_after": "5"}
    assert client.post("/organisation/", values).status_code == 302
    organisation.refresh_from_db()
    assert (organisation.name, organisation.language) == ("Southline", "fa")
    assert organisation.missed_tasks_told_after == 5
    for wrong in ("", "0", "51", "-1", "many"):
        page = client.post("/organisation/", values | {"missed_tasks_told_after": wrong})
        assert "missed_tasks_told_after" in page.context["form"].errors
    assert "invalid-feedback" in client.post("/organisation/", values | {"name": ""}).content.decode()


ORGANISATION = {
    "name": "Southline",
    "email": "",
    "phone": "",
    "address": "",
    "timezone": "UTC",
    "language": "en",
    "missed_tasks_told_after": "3",
}


def logo_picture() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGBA", (60, 20), "teal").save(out, "PNG")
    return SimpleUploadedFile("logo.png", out.getvalue())


@pytest.fixture
def storage(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_logo_is_stored_shown_to_everybody_and_taken_away(
    manager: User, organisation: Organisation, sign_in: SignIn, storage: None
) -> None:
    client = sign_in(manager)
    assert Client().get("/organisation/logo/").status_code == 404
    client.post("/organisation/", ORGANISATION | {"new_logo": logo_picture()})
    assert Client().get("/organisation/logo/")["Content-Type"] == "image/png"
    assert "/organisation/logo/" in client.get("/organisation/").content.decode()
    client.post("/organisation/", ORGANISATION)
    assert Client().get("/organisation/logo/").status_code == 200  # kept when none is sent
    client.post("/organisation/", ORGANISATION | {"remove_logo": "on"})
    assert Client().get("/organisation/logo/").status_code == 404


def test_logo_that_is_no_picture_is_told_at_its_field_and_changes_nothing(
    manager: User, organisation: Organisation, sign_in: SignIn, storage: None
) -> None:
    fake = SimpleUploadedFile("logo.png", b"just words")
    page = sign_in(manager).post("/organisation/", ORGANISATION | {"name": "Other", "new_logo": fake})
    assert page.status_code == 200
    assert "not a photo that we can read" in page.content.decode()
    organisation.refresh_from_db()
    assert (organisation.name, organisation.logo) == ("Test Telecom", None)


# Keys on the API: who may come in is asked before an address is looked for, so any address will do.

NOWHERE = "/api/v1/there/is/nothing/here/"


def with_key(key: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    return client


def test_key_opens_the_api_until_it_is_revoked(technician: User) -> None:
    token, key = actions.create_api_token(user=technician, name="script", read_only=False, now=NOW)
    assert with_key(key).get(NOWHERE).status_code == 404
    assert with_key(key).post(NOWHERE, {}).status_code == 404
    actions.revoke_api_token(token=token, now=NOW)
    answer = with_key(key).get(NOWHERE)
    assert answer.status_code == 401
    assert answer.json()["type"] == "client_error"
    assert answer.json()["errors"][0]["code"] == "authentication_failed"


def test_key_remembers_when_it_was_last_used(technician: User) -> None:
    token, key = actions.create_api_token(user=technician, name="script", read_only=False, now=NOW)
    with_key(key).get(NOWHERE)
    token.refresh_from_db()
    assert token.last_used_at


@pytest.mark.parametrize("header", ["Token", "Token a b", "Token wrong", "Token \xe9"])
def test_key_that_is_wrong_is_a_401(db: None, header: str) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)
    answer = client.get(NOWHERE)
    assert answer.status_code == 401
    assert set(answer.json()) == {"type", "errors"}


@pytest.mark.parametrize("verb", ["post", "put", "patch", "delete"])
def test_key_that_only_reads_may_not_write(technician: User, verb: str) -> None:
    _token, key = actions.create_api_token(user=technician, name="script", read_only=True, now=NOW)
    client = with_key(key)
    assert client.get(NOWHERE).status_code == 404
    answer = getattr(client, verb)(NOWHERE, {})
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["code"] == "permission_denied"


def test_key_of_a_deactivated_person_is_a_401(manager: User, technician: User) -> None:
    _token, key = actions.create_api_token(user=technician, name="script", read_only=False, now=NOW)
    User.objects.filter(pk=technician.pk).update(is_active=False)
    assert with_key(key).get(NOWHERE).status_code == 401
