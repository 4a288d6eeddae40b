"""What a customer wants to know without a click: covered until when, who comes next, what is being done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, Prefetch
from django.utils import timezone

from contracts.enums import Decision, Performer
from contracts.models import Asset, Contract, ContractTerms, CoveredAsset, Customer, PlanCoverage
from portal.accounts.models import User
from schedules.enums import VisitStatus, WorkStatus
from schedules.models import ChangeEvent, Visit, WorkOrder
from schedules.permissions import ALLOWED
from tickets.enums import TicketState
from tickets.models import Ticket

LINES = 5  # of one list
REPORTS = 3
READ = 60  # work orders read for a list: the same work at many sites is one line


@dataclass(frozen=True)
class Cover:
    """A running contract as its customer reads it."""

    contract: Contract
    terms: ContractTerms
    included: list[PlanCoverage]
    billable: list[PlanCoverage]
    assets: int


@dataclass(frozen=True)
class SameWork:
    """Work orders of one procedure that fall due on one day of the reader's zone, at one site or at several."""

    orders: list[WorkOrder]
    on: date

    @property
    def first(self) -> WorkOrder:
        return self.orders[0]

    @property
    def sites(self) -> list[str]:
        return list(dict.fromkeys(order.site.name for order in self.orders))


@dataclass(frozen=True)
class CustomerHome:
    customer: Customer
    covers: list[Cover]
    uncovered: list[Asset]
    asked: list[Ticket]  # wait for the customer's answer
    to_confirm: list[Visit]
    own_work: list[SameWork]  # what the plan leaves to the customer
    visits: list[Visit]  # the next ones first
    may_confirm: bool
    last_visits: list[Visit]  # each with its report
    last_done: list[SameWork]
    next_due: list[SameWork]
    tickets: list[Ticket]
    changes: list[ChangeEvent]


def load_customer_home(user: User, customer: Customer, *, now: datetime, today: date) -> CustomerHome:
    """Eleven queries, however much the customer has."""
    work = (
        WorkOrder.objects.visible_to(user)
        .filter(site__customer=customer)
        .select_related("site", "procedure_version__procedure")
    )
    coming = list(work.open().filter(window_closes_at__gt=now).order_by("performer", "due_at")[:READ])  # its own first
    covers = _covers(user, customer, today)
    tickets = _open_tickets(user, customer)
    visits = Visit.objects.visible_to(user).filter(site__customer=customer).select_related("site", "technician")
    answering = user.memberships.filter(customer=customer, role__in=ALLOWED["confirm_visit"])  # as can_confirm_visit
    ahead = list(visits.open().annotate(may_confirm=Exists(answering)).order_by("planned_start_at")[:LINES])
    to_confirm = [row for row in ahead if row.status == VisitStatus.PLANNED and not row.other_time_wanted]
    return CustomerHome(
        customer=customer,
        covers=covers,
        uncovered=_uncovered(user, customer, today),
        asked=[ticket for ticket in tickets if ticket.state == TicketState.WAITING_CUSTOMER],
        to_confirm=to_confirm,
        visits=ahead,
        may_confirm=any(row.may_confirm for row in to_confirm),
        last_visits=list(visits.filter(status=VisitStatus.SIGNED).order_by("-planned_start_at")[:REPORTS]),
        own_work=_together(order for order in coming if order.performer == Performer.CUSTOMER),
        last_done=_together(work.filter(status=WorkStatus.DONE).order_by("-due_at")[:READ]),
        next_due=_together(order for order in coming if order.performer == Performer.VAR),
        tickets=tickets,
        changes=_changes(user, customer),
    )


def _together(orders: Iterable[WorkOrder]) -> list[SameWork]:
    """One line for the same work at many sites; the first five lines."""
    found: dict[tuple[int, date], SameWork] = {}
    for order in orders:
        on = timezone.localdate(order.due_at)
        key = (order.procedure_version.procedure_id, on)
        found.setdefault(key, SameWork([], on)).orders.append(order)
    return list(found.values())[:LINES]


def _covers(user: User, customer: Customer, today: date) -> list[Cover]:
    terms = ContractTerms.objects.select_related("plan_version__plan").prefetch_related("plan_version__coverage")
    contracts = Contract.objects.visible_to(user).running().filter(customer=customer)
    listed = _listed_assets(customer, today)
    covers = []
    for contract in contracts.prefetch_related(Prefetch("terms", terms)):
        current = next((row for row in contract.terms.all() if row.from_on <= today <= row.until_on), None)
        if current:
            covers.append(_cover(contract, current, len(listed.get(contract.pk, ()))))
    return covers


def _cover(contract: Contract, terms: ContractTerms, assets: int) -> Cover:
    coverage = list(terms.plan_version.coverage.all())
    included = [row for row in coverage if row.decision != Decision.BILLABLE]
    billable = [row for row in coverage if row.decision == Decision.BILLABLE]
    return Cover(contract, terms, included, billable, assets)


def _listed_assets(customer: Customer, today: date) -> dict[int, set[int]]:
    rows = CoveredAsset.objects.on(today).filter(contract__customer=customer)
    listed: dict[int, set[int]] = {}
    for contract, asset in rows.values_list("contract", "asset"):
        listed.setdefault(contract, set()).add(asset)
    return listed


def _uncovered(user: User, customer: Customer, today: date) -> list[Asset]:
    covered = CoveredAsset.objects.on(today).filter(
        contract__in=Contract.objects.running(), contract__customer=customer
    )
    rows = (
        Asset.objects.visible_to(user).current().filter(site__customer=customer).exclude(pk__in=covered.values("asset"))
    )
    return list(rows.select_related("site")[:20])


def _open_tickets(user: User, customer: Customer) -> list[Ticket]:
    return list(
        Ticket.objects.visible_to(user).open().filter(customer=customer).with_zone().order_by("-opened_at")[:10]
    )


def _changes(user: User, customer: Customer) -> list[ChangeEvent]:
    rows = ChangeEvent.objects.visible_to(user).filter(site__customer=customer)
    return list(rows.select_related("site", "asset").order_by("-occurs_at")[:5])
