"""What plans show of procedures beyond their slugs.

The programme belongs to an app above, and plans name its procedures by slug alone. That app hands a
function down here once, when it is ready; until one has, slugs stand for themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple


class ProcedureFacts(NamedTuple):
    slug: str
    name: str  # in the reader's language
    recurs: bool  # whether a plan can give it a cadence


Source = Callable[[], Iterable[ProcedureFacts]]
"""All procedures, archived ones as well; one query."""

_sources: list[Source] = []


def ask_for_procedures(source: Source) -> None:
    """From now on ask this function; safe to repeat."""
    _sources[:] = [source]


def procedure_names() -> dict[str, str]:
    """Slug -> name."""
    return {facts.slug: facts.name for facts in _known()}


def procedure_choices(kept: Iterable[str] = ()) -> list[tuple[str, str]]:
    """What a plan can take up, and what it has taken up before (`kept`, slugs), in the order of their names."""
    known = {facts.slug: facts for facts in _known()}
    offered = {facts.slug: facts.name for facts in known.values() if facts.recurs}
    named = {slug: known[slug].name if slug in known else slug for slug in kept}
    return sorted((named | offered).items(), key=lambda choice: choice[1].lower())


def _known() -> list[ProcedureFacts]:
    return [facts for source in _sources for facts in source()]
