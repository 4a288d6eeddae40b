"""A visit is signed, and a real worker sets its report and mails it: nobody waits for beat."""

from __future__ import annotations

import io
import sys
from datetime import timedelta

import pytest
from pypdf import PdfReader

from tests.processes.engine import NO_BROKER, Engine, eventually
from tests.smtp_server import MailServer

pytestmark = [
    pytest.mark.processes,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc"),
]

SIGN = """
from django.utils import timezone
from tests.processes.reports import sign_a_visit
sign_a_visit(now=timezone.now())
"""
DUE = "SELECT id FROM schedules_visitreport WHERE file_due_at IS NOT NULL"


def reports_in(mail: MailServer) -> list[bytes]:
    return [part.get_content() for message in mail.messages for part in message.iter_attachments()]


def test_signed_report_leaves_at_once_without_beat(engine: Engine, mail: MailServer) -> None:
    with engine.running("worker"):
        engine.python(SIGN)
        assert eventually(lambda: len(reports_in(mail)) == 1), engine.log
        assert eventually(lambda: not engine.rows(DUE)), engine.log
    [report] = reports_in(mail)
    assert "Alder Dental" in PdfReader(io.BytesIO(report)).pages[0].extract_text()


def test_report_signed_while_no_broker_answered_follows_with_the_next_sweep(engine: Engine, mail: MailServer) -> None:
    engine.python(SIGN, REDIS_URL=NO_BROKER)
    assert len(engine.rows(DUE)) == 1
    engine.stand_still(timedelta(hours=1))  # so that beat is due for everything at once
    with engine.running("worker"), engine.running("beat"):
        assert eventually(lambda: len(reports_in(mail)) == 1), engine.log
    assert engine.rows(DUE) == []
