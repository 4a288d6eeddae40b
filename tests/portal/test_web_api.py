"""The base of the API, tried on a small resource of its own: the users of one test."""

import hashlib
import json
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, models
from django.urls import include, path
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter
from rest_framework.test import APIClient

from portal.accounts.models import User
from portal.web import idempotency
from portal.web.api import ApiFilterSet, InstantField, InstantFilter, PortalViewSet, StrictModelSerializer
from portal.web.api_defaults import CursorPages
from portal.web.errors import Conflict, DomainError
from portal.web.models import StoredReply

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class PersonSerializer(StrictModelSerializer):
    seen_at = InstantField(write_only=True, required=False)

    class Meta:
        model = User
        fields = ["id", "name", "email", "seen_at"]


class PersonFilter(ApiFilterSet):
    made_before = InstantFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = User
        fields = ["email", "is_active"]


class NewestFirst(CursorPages):
    ordering = ("-id",)


class PersonViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    serializer_class = PersonSerializer
    queryset_model = User
    filterset_class = PersonFilter
    ordering_fields = ["name"]
    number_prefix = "P"

    def visible(self) -> models.QuerySet[Any]:
        return User.objects.all()

    def create(self, request: Request) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        name = serializer.validated_data["name"]
        if name == "refused":
            raise DomainError("Choose another name.", attr="name")
        if name == "conflict":
            raise Conflict("Not now.")
        person = User.objects.create(
            name=name, email=serializer.validated_data["email"], created_at=datetime(2026, 1, 1, tzinfo=UTC)
        )
        if name == "crash":
            raise RuntimeError("after the row was written")
        return Response({"id": person.pk, "name": person.name}, status=201)

    @action(detail=False, methods=["post"], parser_classes=[MultiPartParser])
    def photo(self, request: Request) -> Response:
        return Response({"bytes": len(request.data["photo"].read())}, status=201)


class LogViewSet(PersonViewSet):
    pagination_class = NewestFirst
    ordering = ["name"]  # of the pages, not of the cursor


router = DefaultRouter()
router.register("people", PersonViewSet, basename="people")
router.register("log", LogViewSet, basename="log")
urlpatterns = [path("api/", include(router.urls))]


@pytest.fixture
def api(manager: User) -> Iterator[APIClient]:
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(manager)
    return client


def body(**values: str) -> dict[str, str]:
    return {"name": "Ann", "email": f"{uuid.uuid4()}@example.com"} | values


def test_post_with_a_key_answers_the_same_and_acts_once(api: APIClient) -> None:
    sent = body()
    first = api.post("/api/people/", sent, headers={"Idempotency-Key": "k1"})
    again = api.post("/api/people/", sent, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert User.objects.filter(email=sent["email"]).count() == 1


def test_post_with_a_key_and_another_body_is_422(api: APIClient) -> None:
    api.post("/api/people/", body(), headers={"Idempotency-Key": "k1"})
    second = api.post("/api/people/", body(name="Ben"), headers={"Idempotency-Key": "k1"})
    assert second.status_code == 422
    assert not User.objects.filter(name="Ben").exists()


def test_post_with_the_key_of_another_user_acts_for_itself(api: APIClient, technician: User) -> None:
    api.post("/api/people/", body(), headers={"Idempotency-Key": "k1"})
    other = APIClient()
    other.force_authenticate(technician)
    assert other.post("/api/people/", body(name="Ben"), headers={"Idempotency-Key": "k1"}).status_code == 201


def test_post_refused_once_is_refused_the_same_again(api: APIClient) -> None:
    sent = body(name="refused")
    first = api.post("/api/people/", sent, headers={"Idempotency-Key": "k1"})
    again = api.post("/api/people/", sent, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (400, 400)
    assert first.json() == again.json()


def test_post_that_crashed_changes_nothing_and_may_be_tried_again(api: APIClient) -> None:
    sent = body(name="crash")
    first = api.post("/api/people/", sent, headers={"Idempotency-Key": "k1"})
    assert first.status_code == 500
    assert not User.objects.filter(email=sent["email"]).exists()
    assert not StoredReply.objects.exists()


def test_post_while_the_first_is_running_is_409(api: APIClient, manager: User) -> None:
    sent = body()
    StoredReply.objects.create(
        user=manager,
        route="/api/people/",
        key="k1",
        body_sha256=hashlib.sha256(_canonical(sent)).hexdigest(),
        claim=uuid.uuid4(),
        claimed_at=datetime.now(UTC),
    )
    answer = api.post("/api/people/", sent, headers={"Idempotency-Key": "k1"})
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["code"] == "still_running"


def test_claim_that_was_cut_off_is_taken_over(manager: User) -> None:
    then = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    claim = {"user_id": manager.pk, "route": "/r/", "key": "k", "body": b"{}"}
    cut_off = idempotency.claim(**claim, now=then)
    with pytest.raises(idempotency.StillRunningError):
        idempotency.claim(**claim, now=then + timedelta(minutes=4))
    taken = idempotency.claim(**claim, now=then + timedelta(minutes=6))
    assert taken.claim != cut_off.claim
    with pytest.raises(idempotency.StillRunningError):
        idempotency.keep(cut_off, status=201, body={})


def test_forget_replies_keeps_a_day(manager: User) -> None:
    then = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    idempotency.claim(user_id=manager.pk, route="/r/", key="k", body=b"{}", now=then)
    assert idempotency.forget_replies(now=then + timedelta(hours=24)) == 0
    assert idempotency.forget_replies(now=then + timedelta(hours=24, seconds=1)) == 1


@pytest.mark.django_db(transaction=True)
def test_posts_with_one_key_at_once_act_once(manager: User) -> None:
    if "memory" in str(connection.settings_dict["NAME"]):
        pytest.skip("SQLite in memory shares one cache, where nobody waits for a lock; files and PostgreSQL do")
    sent = body()
    answers: list[int] = []

    def send() -> None:
        client = APIClient(raise_request_exception=False)
        client.force_authenticate(manager)
        answers.append(client.post("/api/people/", sent, headers={"Idempotency-Key": "k1"}).status_code)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {201, 409}
    assert 201 in answers
    assert User.objects.filter(email=sent["email"]).count() == 1


@pytest.mark.parametrize(
    ("query", "attr"),
    [
        ("colour=red", "colour"),
        ("ordering=password", "ordering"),
        ("page_size=501", "page_size"),
        ("page_size=x", "page_size"),
    ],
)
def test_list_with_an_unknown_parameter_names_it(api: APIClient, query: str, attr: str) -> None:
    answer = api.get(f"/api/people/?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == attr


def test_list_filters_orders_and_pages(api: APIClient) -> None:
    for name in ("Cy", "Abe", "Bo"):
        api.post("/api/people/", body(name=name))
    answer = api.get("/api/people/?ordering=name&page_size=2").json()
    assert [row["name"] for row in answer["results"]] == ["Abe", "Bo"]
    assert answer["count"] == 4  # with the manager
    assert answer["next"]


def test_post_with_an_unknown_field_names_it(api: APIClient) -> None:
    answer = api.post("/api/people/", body(colour="red"))
    assert answer.status_code == 400
    assert answer.json() == {
        "type": "validation_error",
        "errors": [{"code": "unknown", "detail": "There is no such field.", "attr": "colour"}],
    }


def test_post_that_the_state_forbids_is_409(api: APIClient) -> None:
    assert api.post("/api/people/", body(name="conflict")).status_code == 409


@pytest.mark.parametrize("raw", ["2026-03-02T09:00:00", "2026-03-02T09:00:00 02:00"])
def test_instant_without_an_offset_is_refused_by_name(api: APIClient, raw: str) -> None:
    answer = api.post("/api/people/", body(seen_at=raw))
    assert answer.status_code == 400
    assert "%2B" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize("raw", ["2026-13-02T09:00:00Z", "yesterday", "", "0000"])
def test_instant_that_is_none_is_refused(api: APIClient, raw: str) -> None:
    answer = api.post("/api/people/", body(seen_at=raw))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == "seen_at"


def test_row_is_found_by_key_and_by_number(api: APIClient, manager: User) -> None:
    assert api.get(f"/api/people/{manager.pk}/").json()["id"] == manager.pk
    assert api.get(f"/api/people/P-{manager.pk}/").json()["id"] == manager.pk


@pytest.mark.parametrize("key", ["P-", "x", "0x1", "99999999999999999999999", "١"])
def test_row_under_a_strange_key_is_not_found(api: APIClient, key: str) -> None:
    assert api.get(f"/api/people/{key}/").status_code == 404


def test_row_that_somebody_else_just_made_is_409(api: APIClient) -> None:
    sent = body()
    assert api.post("/api/people/", sent).status_code == 201
    answer = api.post("/api/people/", {**sent, "email": sent["email"].upper()})  # only the constraint sees it
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "race")


@pytest.mark.parametrize(
    ("query", "attr"),
    [
        ("made_before=2026-03-02T09:00:00+01:00", "made_before"),
        ("made_before=yesterday", "made_before"),
        ("is_active=perhaps", "is_active"),
        ("is_active=true&is_active=false", "is_active"),
    ],
)
def test_filter_refuses_a_value_it_cannot_read(api: APIClient, query: str, attr: str) -> None:
    answer = api.get(f"/api/people/?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, attr)
    assert ("%2B" in answer.json()["errors"][0]["detail"]) == ("+" in query)


def test_filters_compare_instants_and_flags(api: APIClient, manager: User) -> None:
    api.post("/api/people/", body())  # made on 1 January
    assert api.get("/api/people/?made_before=2026-01-02T00:00:00Z").json()["count"] == 1
    assert api.get("/api/people/?made_before=2026-01-01T00:00:00%2B01:00").json()["count"] == 0
    assert api.get("/api/people/?is_active=false").json()["count"] == 0


def test_cursor_leads_through_all_rows_without_a_count(api: APIClient) -> None:
    for name in ("Abe", "Bo", "Cy"):
        api.post("/api/people/", body(name=name))
    first = api.get("/api/log/?page_size=2").json()
    assert [row["name"] for row in first["results"]] == ["Cy", "Bo"]
    assert "count" not in first
    second = api.get(first["next"]).json()
    assert [row["name"] for row in second["results"]] == ["Abe", "Mona Manager"]
    assert second["next"] is None
    by_name = api.get("/api/log/?ordering=name&page_size=1").json()
    assert by_name["results"][0]["name"] == "Abe"


@pytest.mark.parametrize("query", ["cursor=x", "cursor=cD14", "cursor=cD0lMDA=", "page=1", "page_size=501"])
def test_cursor_that_was_edited_is_refused(api: APIClient, query: str) -> None:
    answer = api.get(f"/api/log/?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, query.partition("=")[0])


def test_upload_repeated_with_its_key_acts_once_by_its_content(api: APIClient) -> None:
    def send(content: bytes) -> Any:
        photo = SimpleUploadedFile("photo.jpg", content)
        return api.post("/api/people/photo/", {"photo": photo}, format="multipart", headers={"Idempotency-Key": "k"})

    assert (send(b"\xff\xd8").json(), send(b"\xff\xd8").json()) == ({"bytes": 2}, {"bytes": 2})
    assert send(b"\xff\xd9").status_code == 422


def _canonical(sent: dict[str, str]) -> bytes:
    return json.dumps(sent, sort_keys=True).encode()
