from django.db.models import IntegerField, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal.accounts.models import Organisation
from portal.outbox.models import Message


def organisation(request: HttpRequest) -> dict[str, object]:
    """The VAR's details, read only where a template shows them.

    Every page shows the reader's unread notifications beside them: `organisation.unread_count`, counted in
    the same query.
    """
    return {"organisation": SimpleLazyObject(lambda: _with_unread(request).first())}


def _with_unread(request: HttpRequest) -> QuerySet[Organisation]:
    unread = Message.objects.notifications_of(request.user).unread()
    count = Subquery(unread.count_of_each_person(), output_field=IntegerField())
    return Organisation.objects.annotate(unread_count=Coalesce(count, 0))
