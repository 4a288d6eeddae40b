"""The shipped programme says what the maintenance guidance asks for, and the reader names every defect."""

import shutil
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from contracts.catalogue_files import read_catalogue
from portal.datafiles import DataFileError
from schedules.enums import ChangeKind, Metric
from schedules.programme_files import PROGRAMME_FOLDER, read_procedure, read_programme
from schedules.programme_specs import ProcedureSpec, Programme

TEXT = {"en": "Words"}


@pytest.fixture(scope="module")
def programme() -> Programme:
    return read_programme()


def keys(procedure: ProcedureSpec, phase: str) -> list[str]:
    return [step.key for step in procedure.steps if step.phase == phase]


def all_words(procedure: ProcedureSpec) -> str:
    steps = [f"{step.title['en']} {step.instruction['en']} {step.normal['en']}" for step in procedure.steps]
    return " ".join([procedure.name["en"], procedure.summary["en"], *steps])


@pytest.mark.parametrize(
    ("slug", "frequency", "accumulates", "performer", "work_kind"),
    [
        ("administration-check", "daily", False, "either", "inspection"),
        ("voicemail-usage", "weekly", False, "either", "voicemail"),
        ("event-logs", "monthly", False, "either", "event_logs"),
        ("firmware-review", "quarterly", True, "either", "firmware"),
        ("performance-review", "quarterly", True, "var", "performance"),
    ],
)
def test_recurring_procedure_has_its_cadence_and_performer(
    programme: Programme, slug: str, frequency: str, accumulates: bool, performer: str, work_kind: str
) -> None:
    found = programme.procedure(slug)
    assert (found.frequency, found.accumulates) == (frequency, accumulates)
    assert (found.performer, found.work_kind) == (performer, work_kind)


def test_programme_has_five_recurring_procedures(programme: Programme) -> None:
    assert sum(procedure.is_recurring for procedure in programme.procedures) == 5


def test_every_visit_backs_up_each_base_unit_and_proves_it(programme: Programme) -> None:
    backup = programme.procedure("visit-backup")
    assert not backup.is_recurring
    assert not backup.is_reactive
    assert backup.applies_to == ("system", "server", "application")
    assert [(step.kind, step.scope, step.required) for step in backup.steps] == [
        ("backup", "asset", True),
        ("check", "asset", True),
    ]
    assert backup.steps[1].records == "backup_verified"
    assert not any(step.locked_until for step in backup.steps)  # a backup that fails must not hold up the visit


def test_daily_check_is_short(programme: Programme) -> None:
    daily = programme.procedure("administration-check")
    assert len(daily.steps) == 3
    assert daily.estimated_minutes <= 10


def test_every_change_has_an_event_and_a_rule(programme: Programme) -> None:
    assert [event.kind for event in programme.events] == list(ChangeKind.values)
    assert [(rule.event, rule.procedure) for rule in programme.rules] == [
        (kind, kind.replace("_", "-")) for kind in ChangeKind.values
    ]


def test_only_a_change_of_users_has_to_be_significant(programme: Programme) -> None:
    conditions = {rule.event: rule.when for rule in programme.rules}
    assert conditions.pop("user_change") == "significant"
    assert set(conditions.values()) == {"always"}


def test_follow_ups_are_series_on_days_1_3_and_7(programme: Programme) -> None:
    followed = {
        rule.event: {follow_up.procedure: follow_up.days for follow_up in rule.follow_ups}
        for rule in programme.rules
        if rule.follow_ups
    }
    assert followed == {
        "user_change": {"follow-up-call-quality": (1, 3, 7), "follow-up-voicemail": (1, 3, 7)},
        "provider_change": {"follow-up-call-quality": (1, 3, 7)},
        "relocation": {"follow-up-call-quality": (1, 3, 7)},
    }


@pytest.mark.parametrize(
    "slug",
    [
        "user-change",
        "server-change",
        "provider-change",
        "relocation",
        "voicemail-storage",
        "firmware-upgrade",
    ],
)
def test_significant_change_is_enclosed_by_two_backups(programme: Programme, slug: str) -> None:
    backups = [step for step in programme.procedure(slug).steps if step.kind == "backup"]
    assert [(step.key, step.phase, step.required) for step in backups] == [
        ("backup-before", "before", True),
        ("backup-after", "after", True),
    ]


def test_firmware_upgrade_is_locked_until_the_backup(programme: Programme) -> None:
    locked = [step for step in programme.procedure("firmware-upgrade").steps if step.locked_until]
    assert [(step.key, step.phase, step.locked_until) for step in locked] == [("upgrade", "change", "backup-before")]


def test_provider_change_tests_every_feature(programme: Programme) -> None:
    tested = keys(programme.procedure("provider-change"), "after")
    assert tested == [
        "incoming-call",
        "outgoing-call",
        "internal-call",
        "transfer",
        "hold",
        "conference",
        "voicemail",
        "fax",
        "emergency-number",
        "caller-id",
        "automatic-attendant",
        "after-hours",
        "backup-after",
    ]


def test_server_change_proves_the_mail_settings(programme: Programme) -> None:
    procedure = programme.procedure("server-change")
    assert "mail-settings-reviewed" in keys(procedure, "change")
    assert {"test-message", "voicemail-by-mail"} <= set(keys(procedure, "after"))


def test_relocation_assesses_first_and_tests_twice(programme: Programme) -> None:
    procedure = programme.procedure("relocation")
    before, after = keys(procedure, "before"), keys(procedure, "after")
    assert before[0].startswith("new-site-")
    assert "deployment-tested" in before
    assert "test-after-move" in after
    assert after[-1] == "site-record-updated"


def test_voicemail_storage_records_one_of_two_decisions(programme: Programme) -> None:
    procedure = programme.procedure("voicemail-storage")
    decision = next(step for step in procedure.steps if step.key == "decision")
    assert [choice.value for choice in decision.choices] == ["more-memory", "voicemail-to-email"]
    assert {"new-capacity", "mail-delivery-proved"} <= set(keys(procedure, "change"))


def test_subnet_change_resets_or_waits_then_counts(programme: Programme) -> None:
    procedure = programme.procedure("subnet-change")
    assert procedure.name["en"] == "Reset the phones or wait for the leases"
    method = next(step for step in procedure.steps if step.key == "method")
    assert [choice.value for choice in method.choices] == ["reset-phones", "wait-for-leases"]
    assert keys(procedure, "after")[0] == "phones-back"


def test_ip_change_is_one_check_after_30_minutes(programme: Programme) -> None:
    (step,) = programme.procedure("ip-change").steps
    assert (step.kind, step.phase, step.wait_minutes) == ("check", "after", 30)


def test_only_the_ip_change_waits(programme: Programme) -> None:
    waiting = [procedure.slug for procedure in programme.procedures for step in procedure.steps if step.wait_minutes]
    assert waiting == ["ip-change"]


def test_readings_reach_every_metric(programme: Programme) -> None:
    metrics = {step.metric for procedure in programme.procedures for step in procedure.steps if step.metric}
    assert metrics == set(Metric.values)


def test_voicemail_is_judged_by_the_share_of_the_capacity(programme: Programme) -> None:
    step = programme.procedure("voicemail-usage").steps[0]
    assert (step.metric, step.unit) == ("voicemail_minutes", "min")
    assert step.limits.warn_above_share_of_capacity == Decimal("0.8")
    assert step.limits.warn_above is None
    assert "1,000 minutes" in step.normal["en"]


def test_follow_up_judges_like_the_review(programme: Programme) -> None:
    review = {step.metric: step.limits for step in programme.procedure("performance-review").steps}
    followed = [step for step in programme.procedure("follow-up-call-quality").steps if step.metric]
    assert followed
    assert all(step.limits == review[step.metric] for step in followed)


def test_backup_server_is_confirmed_too(programme: Programme) -> None:
    assert {"backup-job-logged", "backup-server-saved"} <= set(keys(programme.procedure("event-logs"), "work"))


def test_every_check_that_can_hurt_callers_proposes_a_ticket(programme: Programme) -> None:
    for slug in ("administration-check", "ip-change"):
        assert all(step.ticket for step in programme.procedure(slug).steps)
    emergency = next(step for step in programme.procedure("provider-change").steps if step.key == "emergency-number")
    assert emergency.ticket is not None
    assert (emergency.ticket.impact, emergency.ticket.urgency) == ("widespread", "critical")


def test_texts_fit_their_columns_and_end_like_sentences(programme: Programme) -> None:
    for procedure in programme.procedures:
        for step in procedure.steps:
            assert len(step.title["en"]) <= 70, (procedure.slug, step.key)
            assert not step.title["en"].endswith("."), (procedure.slug, step.key)
            assert step.instruction["en"].endswith("."), (procedure.slug, step.key)
            assert step.normal["en"][-1] in '."', (procedure.slug, step.key)
            assert len(step.unit) <= 20
            assert len(step.key) <= 60
    for rule in programme.rules:
        assert len(rule.reason["en"]) <= 400


def test_texts_are_written_in_british_english(programme: Programme) -> None:
    words = " ".join(all_words(procedure) for procedure in programme.procedures).lower()
    for american in ("localiz", "utiliz", "color", "center", "analog "):
        assert american not in words


def test_plans_only_name_recurring_procedures_and_their_performers(programme: Programme) -> None:
    for plan in read_catalogue().plans:
        for entry in plan.procedures:
            procedure = programme.procedure(entry.slug)
            assert procedure.is_recurring
            assert procedure.performer in ("either", entry.performer)


# The reader


def procedure_file(folder: Path, **changes: object) -> Path:
    step = {
        "key": "look",
        "phase": "work",
        "scope": "asset",
        "kind": "check",
        "title": TEXT,
        "instruction": TEXT,
        "normal": TEXT,
    }
    content = {
        "slug": "sample",
        "name": TEXT,
        "summary": TEXT,
        "work_kind": "inspection",
        "frequency": "daily",
        "performer": "var",
        "applies_to": ["system"],
        "estimated_minutes": 5,
    }
    content["steps"] = [step | change for change in changes.pop("steps", [{}])]  # type: ignore[attr-defined]
    path = folder / "sample.yaml"
    path.write_text(yaml.safe_dump(content | changes, sort_keys=False), encoding="utf-8")
    return path


READING = {"kind": "reading", "unit": "ms", "minimum": 0, "maximum": 100}
CHOICE = {"kind": "choice", "choices": [{"value": "a", "label": TEXT}, {"value": "b", "label": TEXT}]}


def test_read_procedure_takes_conditions(tmp_path: Path) -> None:
    behind = {"key": "then", "evidence": ["proof"], "only_if": {"step": "look", "value": ["a", "b"]}}
    _choice, step = read_procedure(procedure_file(tmp_path, steps=[CHOICE, behind])).steps
    assert step.only_if is not None
    assert (step.only_if.step, step.only_if.value, step.evidence) == ("look", ("a", "b"), ("proof",))


def test_read_procedure_fills_in_the_defaults(tmp_path: Path) -> None:
    procedure = read_procedure(procedure_file(tmp_path))
    (step,) = procedure.steps
    assert not procedure.accumulates
    assert step.required
    assert step.ticket is None
    assert step.limits.minimum is None
    assert (step.evidence, step.choices, step.products) == ((), (), ())


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"slug": "another"}, "slug"),
        ({"name": "Words"}, "name"),
        ({"name": {"nl": "Woorden"}}, "name"),
        ({"frequency": "hourly"}, "frequency"),
        ({"accumulates": "yes"}, "accumulates"),
        ({"work_kind": None}, "work_kind"),
        ({"applies_to": ["toaster"]}, "applies_to"),
        ({"applies_to": []}, "applies_to"),
        ({"estimated_minutes": 0}, "estimated_minutes"),
        ({"extra": 1}, "extra"),
        ({"steps": []}, "steps"),
        ({"steps": [{}, {}]}, "steps"),
        ({"frequency": "none", "accumulates": True, "steps": [{"phase": "after"}]}, "accumulates"),
        ({"frequency": "none"}, "steps[look].phase"),
        ({"steps": [{"phase": "after"}]}, "steps[look].phase"),
        (
            {"frequency": "none", "steps": [{"phase": "after"}, {"phase": "before", "key": "late"}]},
            "steps",
        ),
        ({"steps": [{"kind": "guess"}]}, "steps[look].kind"),
        ({"steps": [{"title": {"en": ""}}]}, "steps[look].title"),
        ({"steps": [{"evidence": ["smell"]}]}, "steps[look].evidence"),
        ({"steps": [{"locked_until": "nothing"}]}, "steps[look].locked_until"),
        (
            {"steps": [{"required": False}, {"key": "next", "locked_until": "look"}]},
            "steps[next].locked_until",
        ),
        ({"steps": [{"ticket": {"category": "fault", "impact": "huge"}}]}, "steps[look].ticket.impact"),
        ({"steps": [{"choices": [{"value": "a", "label": TEXT}]}]}, "steps[look].choices"),
        ({"steps": [{"kind": "choice"}]}, "steps[look].choices"),
        ({"steps": [{"unit": "ms"}]}, "steps[look].kind"),
        ({"steps": [{"kind": "reading", "minimum": 0, "maximum": 1}]}, "steps[look].unit"),
        ({"steps": [{"kind": "reading", "unit": "ms"}]}, "steps[look].minimum"),
        ({"steps": [READING | {"metric": "packet_loss"}]}, "steps[look].unit"),
        ({"steps": [READING | {"metric": "jitter_ms", "scope": "order"}]}, "steps[look].scope"),
        ({"steps": [READING | {"warn_above": 50, "fail_above": 40}]}, "steps[look].fail_above"),
        ({"steps": [READING | {"fail_above": 101}]}, "steps[look].maximum"),
        (
            {"steps": [READING | {"warn_above_share_of_capacity": 80}]},
            "steps[look].warn_above_share_of_capacity",
        ),
        ({"steps": [{"wait_minutes": -1}]}, "steps[look].wait_minutes"),
        ({"steps": [{"wait_for": "godot"}]}, "steps[look].wait_for"),
        ({"steps": [{"wait_for": "dhcp_lease", "wait_minutes": 5}]}, "steps[look].wait_for"),
        ({"steps": [{"worse_by": 1}]}, "steps[look].worse_by"),
        ({"steps": [READING | {"metric": "jitter_ms", "worse_by": 0}]}, "steps[look].worse_by"),
        ({"steps": [{"records": "everything"}]}, "steps[look].records"),
        ({"steps": [{"records": "site_move"}]}, "steps[look].records"),  # done for each asset
        ({"steps": [{"records": "voicemail_capacity"}]}, "steps[look].records"),  # no reading
        ({"steps": [{"expected_from": "look"}]}, "steps[look].kind"),
        ({"steps": [READING, READING | {"key": "b", "expected_from": "c"}]}, "steps[b].expected_from"),
        (
            {"steps": [READING, READING | {"key": "b", "unit": "min", "expected_from": "look"}]},
            "steps[b].expected_from",
        ),
        ({"steps": [{"only_if": {"step": "later", "value": ["a"]}}]}, "steps[look].only_if.step"),
        ({"steps": [{}, {"key": "b", "only_if": {"step": "look", "value": ["a"]}}]}, "steps[b].only_if.step"),
        ({"steps": [CHOICE, {"key": "b", "only_if": {"step": "look"}}]}, "steps[b].only_if.value"),
        ({"steps": [CHOICE, {"key": "b", "only_if": {"step": "look", "value": []}}]}, "steps[b].only_if.value"),
        ({"steps": [CHOICE, {"key": "b", "only_if": {"step": "look", "value": ["c"]}}]}, "steps[b].only_if.value"),
        (
            {"steps": [CHOICE, {"key": "b", "scope": "order", "only_if": {"step": "look", "value": ["a"]}}]},
            "steps[b].only_if.step",
        ),
    ],
)
def test_read_procedure_names_file_and_key_of_a_defect(tmp_path: Path, changes: dict[str, object], key: str) -> None:
    with pytest.raises(DataFileError) as caught:
        read_procedure(procedure_file(tmp_path, **changes))
    assert caught.value.key == key
    assert str(caught.value).startswith(f"sample.yaml: {key}: ")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROGRAMME_FOLDER, tmp_path / "programme"))


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("procedure: ip-change", "procedure: event-logs", "rules[7].procedure"),
        ("kind: ip_change", "kind: moon_change", "events[moon_change].kind"),
        ("when: significant", "when: sometimes", "rules[0].when"),
        ("days: [1, 3, 7]", "days: [3, 1]", "rules[0].follow_ups[0].days"),
        ("{procedure: follow-up-voicemail,", "{procedure: nothing,", "rules[0].follow_ups[1].procedure"),
        ("subject: site", "subject: planet", "events[server_change].subject"),
        ("  - event: ip_change\n    procedure: ip-change", "  - event: ip_change", "rules[7].procedure"),
        ("type: timezone", "type: mood", "events[relocation].details[new_timezone].type"),
        ("name: removed", "name: added", "events[user_change].details"),
        ("name: removed", "name: 1st user", "events[user_change].details[1st user].name"),
        (
            "type: integer\n        maximum: 100000",
            "type: integer",
            "events[user_change].details[added].maximum",
        ),
        (
            "  - event: ip_change\n    procedure: ip-change",
            "  - event: relocation\n    procedure: ip-change",
            "rules",
        ),
    ],
)
def test_read_programme_names_the_defect_of_a_rule(folder: Path, old: str, new: str, key: str) -> None:
    rules = folder / "rules.yaml"
    content = rules.read_text(encoding="utf-8")
    assert old in content
    rules.write_text(content.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataFileError) as caught:
        read_programme(folder)
    assert (caught.value.path.name, caught.value.key) == ("rules.yaml", key)
