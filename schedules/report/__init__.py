"""The report of a visit: what is frozen when it is signed, and the file made of it."""

from schedules.report.content import build_report

__all__ = ["build_report"]
