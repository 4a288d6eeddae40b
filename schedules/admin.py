"""The managers' editor of the programme, until it has pages of its own.

A version that new work uses, or used, is shown and not edited: change a draft and publish it.
"""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.web.errors import DomainError
from schedules.actions import draft_version, publish_version
from schedules.enums import VersionState
from schedules.models import Procedure, ProcedureVersion, ReactiveRule, Step

if TYPE_CHECKING:  # the two are generic to the type checker alone
    Inline = admin.StackedInline[Any, Any]
    Page = admin.ModelAdmin[Any]
else:
    Inline, Page = admin.StackedInline, admin.ModelAdmin


@admin.register(Procedure)
class ProcedureAdmin(Page):
    list_display = ("slug", "name", "frequency", "work_kind", "performer", "customer_may", "archived_at")
    list_filter = ("frequency", "work_kind")
    search_fields = ("slug",)
    actions = ("start_draft",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()  # plans name it

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description=gettext_lazy("Start a draft to edit"))
    def start_draft(self, request: HttpRequest, queryset: QuerySet[Procedure]) -> None:
        for procedure in queryset:
            draft = draft_version(procedure=procedure, now=timezone.now())
            self.message_user(request, _("%(version)s can be edited now.") % {"version": draft})


class StepInline(Inline):
    model = Step
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj)


@admin.register(ProcedureVersion)
class ProcedureVersionAdmin(Page):
    list_display = ("procedure", "number", "state", "created_at")
    list_filter = ("state", "procedure")
    list_select_related = ("procedure",)
    readonly_fields = ("procedure", "number", "state", "created_at")
    inlines = (StepInline,)
    actions = ("publish",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and is_draft(obj)

    @admin.action(description=gettext_lazy("Publish: new work uses it"))
    def publish(self, request: HttpRequest, queryset: QuerySet[ProcedureVersion]) -> None:
        for version in queryset:
            try:
                published = publish_version(version=version, now=timezone.now())
            except DomainError as error:
                self.message_user(request, f"{version}: {error.message}", messages.ERROR)
            else:
                self.message_user(request, _("%(version)s is published.") % {"version": published})


@admin.register(ReactiveRule)
class ReactiveRuleAdmin(Page):
    list_display = ("kind", "procedure", "condition", "is_active")
    list_filter = ("kind", "is_active")
    list_select_related = ("procedure",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def is_draft(version: ProcedureVersion | None) -> bool:
    return version is not None and version.state == VersionState.DRAFT
