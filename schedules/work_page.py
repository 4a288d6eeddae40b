"""A work order as its page shows it: the checklist as cards, progress in words, what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.enums import Performer
from portal.accounts.models import User
from schedules.answer_words import (
    answer_words,
    change_words,
    found_words,
    limits_in_words,
    previous_words,
    usual_words,
)
from schedules.change_facts import facts_of, risk_of
from schedules.checklist import Checklist, ChecklistPhase, ChecklistStep, checklist_of
from schedules.enums import Outcome, StepKind
from schedules.forms import AnswerForm, PhotoForm
from schedules.models import Answer, Step, WorkOrder, WorkOrderEvent
from schedules.permissions import can_work
from schedules.progress import progress_words
from schedules.step_hints import NOTHING, Hint, hints_of
from tickets.enums import Category, Impact, Urgency
from tickets.severity import severity

LONG_INSTRUCTION = 90  # characters; a longer one is folded away
RECEIVED_LATER = timedelta(minutes=2)

LACKING = {"photo": gettext_lazy("Photo missing"), "proof": gettext_lazy("Proof missing")}
EVENT_WORDS = {
    "opened": gettext_lazy("Opened by a change"),
    "assigned": gettext_lazy("Assigned"),
    "started": gettext_lazy("Begun"),
    "completed": gettext_lazy("Completed"),
    "missed": gettext_lazy("Missed: the next date took its place"),
    "skipped": gettext_lazy("Skipped"),
    "cancelled": gettext_lazy("Cancelled"),
    "out_of_bounds": gettext_lazy("Cancelled: its date is out of bounds"),
    "reinstated": gettext_lazy("Taken up again"),
    "excused": gettext_lazy("Excused"),
    "by_link": gettext_lazy("Answered by a link"),
    "handed_over": gettext_lazy("Done from now on by"),
    "site_moved": gettext_lazy("The site moved: its record follows"),
    "site_moved_back": gettext_lazy("The move was taken back: so was the site's record"),
}


def anchor_of(step: Step, target_id: int) -> str:
    """The id of a step's card on the page."""
    return f"step-{step.key}-{target_id}"


@dataclass
class StepCard:
    """One step on the page. `form` is bound where what was sent could not be stored."""

    item: ChecklistStep
    work_order: WorkOrder
    can_answer: bool
    form: AnswerForm
    photo_form: PhotoForm
    is_failing: bool = False  # "Fail" was chosen, the reason is still asked for
    refusal: str = ""  # what was refused as a whole
    token: str = ""  # of the link by which a guest does it
    hint: Hint = NOTHING

    @property
    def anchor(self) -> str:
        return anchor_of(self.item.step, self.item.target_id)

    @property
    def answer_href(self) -> str:
        return self._href("step_answer", "guest_task_answer")

    @property
    def photo_href(self) -> str:
        return self._href("step_photo", "guest_task_photo_add")

    def _href(self, name: str, guests_name: str) -> str:
        place = [self.step.key, self.item.target_id]
        if self.token:
            return reverse(f"schedules:{guests_name}", args=[self.token, *place])
        return reverse(f"schedules:{name}", args=[self.work_order.number, *place])

    @property
    def step(self) -> Step:
        return self.item.step

    @property
    def answer(self) -> Answer | None:
        return self.item.answer

    @property
    def is_open(self) -> bool:
        """Whether it can be answered now, by this person."""
        return self.can_answer and not self.item.locked_reason

    @property
    def is_locked(self) -> bool:
        """Whether it waits for something, rather than being closed with its work."""
        return bool(self.item.locked_reason) and self.work_order.is_open

    @property
    def state(self) -> str:
        """locked, untouched, begun, or the outcome."""
        if self.answer is not None:
            return "begun" if self.item.missing else self.answer.outcome
        if self.is_locked:
            return "locked"
        return "begun" if self.item.photos or self.is_failing or self.form.errors or self.refusal else "untouched"

    @property
    def state_words(self) -> str:
        if self.item.missing in LACKING:
            return str(LACKING[self.item.missing])
        if self.answer is not None:
            return found_words(self.answer)
        words = {"locked": _("Locked"), "begun": _("Not finished"), "untouched": _("Open")}
        return words[self.state] if self.work_order.is_open else _("Not answered")

    @property
    def is_folded(self) -> bool:
        """Whether the instruction is long enough to be folded away."""
        return len(self.step.instruction) > LONG_INSTRUCTION

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        """Value, label, and whether it is the answer now."""
        chosen = self.answer.text if self.answer and self.answer.outcome != Outcome.NOT_APPLICABLE else None
        return [(value, label, value == chosen) for value, label in self.step.choice_labels()]

    @property
    def outcome(self) -> str:
        return self.answer.outcome if self.answer else ""

    @property
    def outcome_words(self) -> str:
        return found_words(self.answer) if self.answer else ""

    @property
    def value_words(self) -> str:
        return answer_words(self.step, self.answer) if self.answer else ""

    @property
    def received_later(self) -> bool:
        """Whether the answer reached the portal noticeably after it was given."""
        answer = self.answer
        return answer is not None and answer.recorded_at - answer.made_at >= RECEIVED_LATER

    @property
    def limits_words(self) -> str:
        return limits_in_words(self.item)

    @property
    def previous_words(self) -> str:
        return previous_words(self.step, self.item.previous)

    @property
    def usual_words(self) -> str:
        return usual_words(self.item)

    @property
    def expected_words(self) -> str:
        expected = self.item.expected
        return "" if expected is None else f"{expected:.12g} {self.step.unit}".strip()

    @property
    def change_words(self) -> str:
        return change_words(self.item)

    @property
    def offers_ticket(self) -> bool:
        wanted = self.answer is not None and self.answer.outcome in (Outcome.FAIL, Outcome.WARN)
        return (
            wanted and self.can_answer and not self.token and self.answer is not None and self.answer.ticket_id is None
        )

    @property
    def proposal(self) -> str:
        """The ticket that the step proposes, in words."""
        proposed = proposed_ticket(self.step)
        return f"{proposed['category'].label}, {severity(proposed['impact'], proposed['urgency'])}"

    @property
    def photo_is_wanted(self) -> bool:
        return self.step.photo_required or self.item.missing == "proof" or self.step.kind == StepKind.PHOTO

    @property
    def earlier(self) -> list[StepAnswer]:
        """Answers that a later one took the place of, the newest first."""
        return [StepAnswer(self.step, answer) for answer in reversed(self.item.earlier)]


@dataclass(frozen=True)
class StepAnswer:
    step: Step
    answer: Answer

    @property
    def words(self) -> str:
        parts = [found_words(self.answer), answer_words(self.step, self.answer), self.answer.note]
        return " · ".join(part for part in parts if part)


def proposed_ticket(step: Step) -> dict[str, Any]:
    return {
        "category": Category(step.ticket.get("category", Category.FAULT)),
        "impact": Impact(step.ticket.get("impact", Impact.INDIVIDUAL)),
        "urgency": Urgency(step.ticket.get("urgency", Urgency.MEDIUM)),
    }


@dataclass
class TargetGroup:
    """The cards of one asset in one phase."""

    item: Any
    cards: list[StepCard]

    @property
    def is_complete(self) -> bool:
        return not any(card.item.missing for card in self.cards)


@dataclass
class PhaseGroup:
    item: ChecklistPhase
    targets: list[TargetGroup]

    @property
    def misses_backup(self) -> bool:
        return self.item.impossible and any(step.step.kind == StepKind.BACKUP for step in self.item.steps)


@dataclass
class WorkPage:
    checklist: Checklist
    phases: list[PhaseGroup]
    can_answer: bool
    now: datetime
    refused: Mapping[str, Any] = field(default_factory=dict)
    token: str = ""  # of the link by which a guest does it

    @property
    def complete_href(self) -> str:
        if self.token:
            return reverse("schedules:guest_task_complete", args=[self.token])
        return reverse("schedules:work_order_complete", args=[self.work_order.number])

    @property
    def work_order(self) -> WorkOrder:
        return self.checklist.work_order

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What was told about the change that opened it."""
        return facts_of(self.checklist.event) if self.checklist.event else []

    @property
    def risk(self) -> str:
        return risk_of(self.checklist.event) if self.checklist.event else ""

    @property
    def cards(self) -> list[StepCard]:
        return [card for phase in self.phases for target in phase.targets for card in target.cards]

    def card(self, key: str, target_id: int) -> StepCard | None:
        return next((card for card in self.cards if (card.step.key, card.item.target_id) == (key, target_id)), None)

    @property
    def gaps(self) -> list[StepCard]:
        """The cards that keep the work from being completed."""
        open_phases = (phase for phase in self.phases if not phase.item.impossible)
        cards = (card for phase in open_phases for target in phase.targets for card in target.cards)
        return [card for card in cards if card.item.missing]

    @property
    def next_gap(self) -> StepCard | None:
        return next((card for card in self.gaps if card.is_open), None)

    @property
    def countable(self) -> int:
        return sum(len(phase.item.asked) for phase in self.phases if not phase.item.impossible)

    @property
    def answered(self) -> int:
        steps = (step for phase in self.phases if not phase.item.impossible for step in phase.item.asked)
        return sum(step.answer is not None for step in steps)

    @property
    def progress_words(self) -> list[str]:
        photos = sum(card.item.missing in LACKING for card in self.gaps)
        failed = sum(card.outcome == Outcome.FAIL for card in self.cards if card.item.is_asked)
        return progress_words(self.answered, self.countable, photos, failed)

    def looks(self) -> dict[str, tuple[object, ...]]:
        """What the answer to one card can change on another; compared before and after it."""
        return {
            card.anchor: (card.item.is_asked, card.item.locked_reason, card.item.expected, card.item.limits)
            for card in self.cards
        }


def load_work_page(
    work_order: WorkOrder,
    user: User | AnonymousUser,
    *,
    now: datetime,
    refused: Mapping[str, Any] | None = None,
    token: str = "",
) -> WorkPage:
    """The page for that person, or with the token of a link to this work for a guest.

    `refused` has the fields of the one card that could not be stored: its `anchor`, and `form`,
    `is_failing`, `refusal` or `photo_form`.
    """
    checklist = checklist_of(work_order, now=now)
    can_answer = work_order.is_open and (bool(token) or can_work(user, work_order))
    hints = hints_of(checklist) if can_answer and getattr(user, "is_var", False) else {}
    phases = [
        PhaseGroup(
            phase,
            [
                TargetGroup(target.asset, [_card(item, work_order, can_answer, refused or {}) for item in target.steps])
                for target in phase.targets
            ],
        )
        for phase in checklist.phases
    ]
    page = WorkPage(checklist, phases, can_answer, now, token=token)
    for card in page.cards:
        card.token = token
        card.hint = hints.get(card.item.place, NOTHING)
    return page


def _card(item: ChecklistStep, work_order: WorkOrder, can_answer: bool, refused: Mapping[str, Any]) -> StepCard:
    anchor = anchor_of(item.step, item.target_id)
    card = StepCard(
        item,
        work_order,
        can_answer,
        AnswerForm(item=item, prefix_id=anchor),
        PhotoForm(auto_id=f"{anchor}-photo-%s", initial=AnswerForm.fresh_id()),
    )
    if refused.get("anchor") == anchor:
        for name in ("form", "photo_form", "is_failing", "refusal"):
            setattr(card, name, refused.get(name, getattr(card, name)))
    return card


@dataclass(frozen=True)
class HistoryLine:
    at: datetime
    words: str
    by: str


def history_of(work_order: WorkOrder) -> list[HistoryLine]:
    """What happened to the work order, oldest first; one query, and one more where people were assigned."""
    events = list(WorkOrderEvent.objects.filter(work_order=work_order.pk).select_related("by"))
    names = _assigned_names(events)
    return [HistoryLine(event.at, _event_words(event, names), _who(event)) for event in events]


def _who(event: WorkOrderEvent) -> str:
    return str(event.by or event.data.get("guest") or _("The portal"))


def _assigned_names(events: Iterable[WorkOrderEvent]) -> dict[int, str]:
    keys = {event.data.get("assignee") for event in events} - {None}
    return dict(User.objects.filter(pk__in=keys).values_list("pk", "name")) if keys else {}


def _event_words(event: WorkOrderEvent, names: dict[int, str]) -> str:
    words = str(EVENT_WORDS.get(event.kind, event.kind))
    if event.kind == "assigned":
        return f"{words}: {names.get(event.data.get('assignee', 0), _('nobody'))}"
    if event.kind == "handed_over":
        return f"{words}: {Performer(event.data['performer']).label}"
    reason = event.data.get("reason")
    return f"{words}: {reason}" if reason else words
