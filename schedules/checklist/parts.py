"""What a checklist is made of: phases, what they apply to, steps with their answers, what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from contracts.models import Asset, Site
from schedules.conditions import Given, Place, lacks
from schedules.enums import Records
from schedules.limits import Limits
from schedules.models import Answer, AnswerPhoto, ChangeEvent, ProcedureVersion, Step, WorkOrder
from schedules.quality import is_worse, usual_bounds

ORDER_TARGET = 0  # stands for the asset of a step that is done once for the order


class Missing(NamedTuple):
    """What keeps the work from being completed; `what` is answer, photo or proof."""

    step: Step
    asset: Asset | None
    what: str

    def __str__(self) -> str:
        words = {"photo": _("photo for “%(step)s”"), "proof": _("proof of “%(step)s”")}
        text = words.get(self.what, "“%(step)s”") % {"step": self.step.title}
        return f"{text} ({self.asset.tag})" if self.asset else text


class Previous(NamedTuple):
    """What was found the time before."""

    value: float | None
    outcome: str  # empty where the value is a reading that no step took
    text: str
    at: datetime


@dataclass
class ChecklistStep:
    """One step for one target, with its current answer."""

    step: Step
    asset: Asset | None
    own_limits: Limits
    baseline: float | None = None  # what is usual at the asset, where the step compares with it
    answer: Answer | None = None
    earlier: list[Answer] = field(default_factory=list)  # those it took the place of, oldest first
    photos: list[AnswerPhoto] = field(default_factory=list)
    previous: Previous | None = None
    is_asked: bool = True  # not where another choice was made than the one it belongs to
    expected: float | None = None  # the figure to be reached
    locked_reason: str = ""  # empty = it can be answered now
    unlocks_at: datetime | None = None  # where only time has to pass

    @property
    def key(self) -> str:
        return self.step.key

    @property
    def target_id(self) -> int:
        """The asset's key, or 0 for a step done once: as the API's route has it."""
        return self.asset.pk if self.asset else ORDER_TARGET

    @property
    def place(self) -> Place:
        return self.key, self.target_id

    @property
    def limits(self) -> Limits:
        """The step's own, with what is expected and what is usual here."""
        usual = usual_bounds(self.step.metric, self.baseline, self.step.worse_by)
        return self.own_limits.reaching(self.expected).near(usual)

    def is_worse_than_usual(self, value: float) -> bool:
        return is_worse(self.step.metric, value, self.baseline, self.step.worse_by)

    @property
    def given(self) -> Given | None:
        answer = self.answer
        return Given(answer.outcome, answer.text, bool(answer.note), bool(self.photos)) if answer else None

    @property
    def missing(self) -> str:
        """`answer`, `photo`, `proof` or nothing."""
        return lacks(self.step, self.given) if self.is_asked else ""


@dataclass
class ChecklistTarget:
    """The steps of one phase for one asset, or those done once (asset None)."""

    asset: Asset | None
    steps: list[ChecklistStep]


@dataclass
class ChecklistPhase:
    phase: str
    label: str
    targets: list[ChecklistTarget]
    due_at: datetime | None = None  # the phase before a change that lies ahead: when it happens
    impossible: bool = False  # before a change that was reported afterwards

    @property
    def steps(self) -> list[ChecklistStep]:
        """All of them, also those that are not asked after what was chosen."""
        return [step for target in self.targets for step in target.steps]

    @property
    def asked(self) -> list[ChecklistStep]:
        return [step for step in self.steps if step.is_asked]

    @property
    def is_complete(self) -> bool:
        return self.impossible or not any(step.missing for step in self.steps)


@dataclass
class Checklist:
    work_order: WorkOrder
    version: ProcedureVersion
    event: ChangeEvent | None
    phases: list[ChecklistPhase]
    assets: list[Asset]  # what it applies to, by tag

    @property
    def steps(self) -> list[ChecklistStep]:
        """All of them, also those that are not asked after what was chosen."""
        return [step for phase in self.phases for step in phase.steps]

    @property
    def asked(self) -> list[ChecklistStep]:
        return [step for step in self.steps if step.is_asked]

    @property
    def missing(self) -> list[Missing]:
        """What completing still needs, in the order of the checklist."""
        wanted = (step for phase in self.phases if not phase.impossible for step in phase.steps)
        return [Missing(step.step, step.asset, step.missing) for step in wanted if step.missing]

    @property
    def lease_hours(self) -> float | None:
        """How long phones keep an address: as answered here, else as the change or the site says; None = unknown."""
        for item in self.steps:
            if item.step.records == Records.LEASE_HOURS and item.answer and item.answer.value is not None:
                return item.answer.value
        return lease_hours_known(self.work_order.site, self.event)

    def given(self) -> Mapping[Place, Given]:
        """The answers that stand."""
        return {item.place: given for item in self.steps if (given := item.given)}

    def find(self, key: str, target_id: int) -> ChecklistStep | None:
        """The step of that key for that asset, 0 = done once; None where there is no such step."""
        return next((step for step in self.steps if step.place == (key, target_id)), None)


def lease_hours_known(site: Site, event: ChangeEvent | None) -> float | None:
    """What the change says of the lease time, else what the site does."""
    told = event.details.get("lease_hours") if event else None
    return site.dhcp_lease_hours if told is None else told
