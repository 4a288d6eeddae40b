"""The programme as data: procedures, their versions, their steps. Texts are `{language: text}`."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from contracts.enums import Frequency, Performer, WorkKind
from schedules.enums import Metric, Phase, Records, Scope, StepKind, VersionState, WaitFor
from schedules.querysets import ProcedureQuerySet


def text_in_language(texts: dict[str, str]) -> str:
    """The text in the reader's language, else English, else whichever there is."""
    language = (get_language() or "en").split("-")[0]
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


def _are_texts(values: object) -> bool:
    return isinstance(values, list) and bool(values) and all(isinstance(value, str) for value in values)


class Procedure(models.Model):
    slug = models.SlugField(max_length=80, unique=True)
    texts = models.JSONField(default=dict)  # {"name": {"en": ...}, "summary": {"en": ...}}
    work_kind = models.CharField(_("kind of work"), max_length=20, choices=WorkKind)
    frequency = models.CharField(_("usual frequency"), max_length=10, choices=Frequency, blank=True)
    applies_to = models.JSONField(default=list, blank=True)  # product kinds; empty = every covered asset
    performer = models.CharField(_("done by"), max_length=8, choices=Performer, default=Performer.VAR)
    customer_may = models.BooleanField(_("the customer may do it"), default=False)
    # Quarterly work stays open and overdue instead of being superseded by the next.
    accumulates = models.BooleanField(default=False)
    estimated_minutes = models.PositiveIntegerField(default=0)
    shipped_hash = models.CharField(max_length=64, blank=True, editable=False)  # as shipped; tells local edits
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ProcedureQuerySet.as_manager()

    class Meta:
        verbose_name = _("procedure")
        verbose_name_plural = _("procedures")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name or self.slug

    @property
    def name(self) -> str:
        return text_in_language(self.texts.get("name", {}))

    @property
    def summary(self) -> str:
        return text_in_language(self.texts.get("summary", {}))

    def published(self) -> "ProcedureVersion":
        """The version that new work uses. Raises ProcedureVersion.DoesNotExist when none is published."""
        return self.versions.get(state=VersionState.PUBLISHED)


class ProcedureVersion(models.Model):
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=VersionState, default=VersionState.DRAFT)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("version of a procedure")
        verbose_name_plural = _("versions of procedures")
        ordering = ["procedure", "number"]
        constraints = [
            models.UniqueConstraint(fields=["procedure", "number"], name="one_procedure_version_number"),
            models.UniqueConstraint(
                fields=["procedure"],
                condition=models.Q(state=VersionState.PUBLISHED),
                name="one_published_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.procedure} v{self.number}"


class Step(models.Model):
    version = models.ForeignKey(ProcedureVersion, on_delete=models.CASCADE, related_name="steps")
    key = models.SlugField(max_length=60)  # stable over versions, so that readings and answers compare
    position = models.PositiveSmallIntegerField()
    phase = models.CharField(max_length=10, choices=Phase, default=Phase.WORK)
    scope = models.CharField(max_length=6, choices=Scope, default=Scope.ASSET)
    kind = models.CharField(max_length=10, choices=StepKind)
    texts = models.JSONField(default=dict)  # {"title": {...}, "instruction": {...}, "normal": {...}}
    required = models.BooleanField(default=True)
    photo_required = models.BooleanField(default=False)
    proof_required = models.BooleanField(default=False)  # passed with a photo or a note alone
    unit = models.CharField(max_length=20, blank=True)
    metric = models.CharField(max_length=24, choices=Metric, blank=True)
    minimum = models.FloatField(null=True, blank=True)  # outside minimum..maximum a value is impossible
    maximum = models.FloatField(null=True, blank=True)
    warn_below = models.FloatField(null=True, blank=True)
    warn_above = models.FloatField(null=True, blank=True)
    fail_below = models.FloatField(null=True, blank=True)
    fail_above = models.FloatField(null=True, blank=True)
    # The same limits as a share (0 to 1) of the asset's capacity on that day.
    warn_above_share = models.FloatField(null=True, blank=True)
    fail_above_share = models.FloatField(null=True, blank=True)
    # So much worse than the asset's own baseline, in the step's unit, asks why; the metric says which way is worse.
    worse_by = models.FloatField(null=True, blank=True)
    # Key of the earlier reading that this one has to reach; without a figure there, the asset's number of users.
    expected_from = models.SlugField(max_length=60, blank=True)
    choices = models.JSONField(default=list, blank=True)  # [{"value": ..., "label": {"en": ...}}]
    ticket = models.JSONField(default=dict, blank=True)  # {"category", "impact", "urgency"} proposed on a failure
    locked_until = models.SlugField(max_length=60, blank=True)  # key of the step that must pass first
    wait_minutes = models.PositiveIntegerField(null=True, blank=True)  # after the change happened
    wait_for = models.CharField(max_length=12, choices=WaitFor, blank=True)
    # {"step": key of a choice, "value": [...]}: asked only where that was answered so; empty = always
    only_if = models.JSONField(default=dict, blank=True)
    records = models.CharField(max_length=20, choices=Records, blank=True)
    products = models.JSONField(default=list, blank=True)  # product slugs; empty = every target

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="one_step_per_key"),
            models.UniqueConstraint(fields=["version", "position"], name="one_step_per_position"),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Refuses a condition of another form, which no checklist could read."""
        condition = self.only_if
        if not condition:
            return
        named = isinstance(condition, dict) and set(condition) == {"step", "value"}
        if not named or not isinstance(condition["step"], str) or not _are_texts(condition["value"]):
            raise ValidationError({"only_if": _('Write it as {"step": "decision", "value": ["more-memory"]}.')})

    @property
    def title(self) -> str:
        return text_in_language(self.texts.get("title", {}))

    @property
    def instruction(self) -> str:
        return text_in_language(self.texts.get("instruction", {}))

    @property
    def normal(self) -> str:
        return text_in_language(self.texts.get("normal", {}))

    def choice_labels(self) -> list[tuple[str, str]]:
        return [(choice["value"], text_in_language(choice["label"])) for choice in self.choices]
