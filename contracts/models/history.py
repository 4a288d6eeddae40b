"""Field history of the register: each save that changes a row keeps a copy of it, with who and when.

`queryset.update()` and `bulk_create()` keep none, so rows with a history are saved one by one;
`contracts.verify` compares every row with its newest copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, NamedTuple

from django.db import models, transaction
from django.utils import timezone
from simple_history.models import HistoricalRecords


class Signature(NamedTuple):
    by_id: int | None
    now: datetime


_signature: ContextVar[Signature | None] = ContextVar("signature", default=None)


@contextmanager
def signed(*, by: Any, now: datetime) -> Iterator[None]:
    """What is saved within was changed by this User (None: by the portal itself) at that instant.

    A row and its copy are stored together or not at all.
    """
    token = _signature.set(Signature(by.pk if by else None, now))
    try:
        with transaction.atomic():
            yield
    finally:
        _signature.reset(token)


class Copy(models.Model):
    """The base of the tables of copies. `changed`: the fields that differ from the copy before, by spaces."""

    changed = models.TextField(blank=True)

    class Meta:
        abstract = True


class FieldHistory(HistoricalRecords):
    """As `history` on a model: copies of its rows, in the order of `history_id`."""

    def __init__(self) -> None:
        super().__init__(bases=[Copy], history_id_field=models.BigAutoField())

    def copy_fields(self, model: type[models.Model]) -> dict[str, Any]:
        """Copies are looked up by their row alone: other indexes would only cost."""
        fields: dict[str, Any] = super().copy_fields(model)
        for field in fields.values():
            field.db_index = field.name == "id"
        return fields

    def post_save(self, instance: Any, created: bool, using: str | None = None, **kwargs: Any) -> None:
        if not kwargs.get("raw"):
            self._keep(instance, "+" if created else "~", kwargs.get("update_fields"))

    def create_historical_record(self, instance: Any, history_type: str, using: str | None = None) -> None:
        self._keep(instance, history_type, None)

    def _keep(self, instance: Any, kind: str, written: Iterable[str] | None) -> None:
        """Keep a copy, unless nothing differs. Of `written` alone the instance is known to hold what is stored.

        What is saved unsigned, as in a shell, is the portal's own and of this moment.
        """
        copies: Any = getattr(instance, self.manager_name)
        fields: list[Any] = self.fields_included(instance)
        values = {one.attname: _stored(one, getattr(instance, one.attname)) for one in fields}
        before = None if kind == "+" else copies.order_by("-history_id").values(*values).first()
        if before and written is not None:
            values |= {one.attname: before[one.attname] for one in fields if one.name not in written}
        changed = [one.name for one in fields if before and values[one.attname] != before[one.attname]]
        if kind == "~" and before and not changed:
            return
        by_id, now = _signature.get() or Signature(None, timezone.now())
        copies.model.objects.create(
            history_type=kind, history_date=now, history_user_id=by_id, changed=" ".join(changed), **values
        )


def _stored(field: Any, value: Any) -> Any:
    """As the database gives it back; an empty IP address is stored as none."""
    return None if value == "" and field.null else field.to_python(value)
