"""The README's tables say what the code says."""

import re
from pathlib import Path

from tests.access.cases import ALLOWED, TABLES

BASE_DIR = Path(__file__).resolve().parent.parent
OF_GUNICORN = "WEB_CONCURRENCY"  # read by the program that `manage.py portal` starts
READS = (
    r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"',
    r'\b_required_in_production\(\s*"([A-Z_]+)"',
    r'\benviron(?:\.\w+\(|\[)\s*"([A-Z_]+)"',
    r'"([A-Z_]+)" (?:not )?in os\.environ',
)


def text_of(path: str) -> str:
    return (BASE_DIR / path).read_text()


def rows_under(heading: str) -> list[list[str]]:
    """The cells of the table's rows that come after that first cell; until the table ends."""
    lines = iter(text_of("README.md").splitlines())
    next(line for line in lines if line.startswith(f"| {heading} |"))
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


# -- permissions ------------------------------------------------------------------------------

ROLES = ("manager", "dispatcher", "technician", "owner", "contact", "viewer")


def test_verbs_have_one_meaning() -> None:
    assert len(ALLOWED) == sum(len(table) for table in TABLES)


def test_permissions_name_each_role_in_a_column() -> None:
    assert f"| may | in the code | {' | '.join(ROLES)} |" in text_of("README.md")
    assert set().union(*ALLOWED.values()) <= set(ROLES)


def test_permissions_tick_what_is_allowed_and_nothing_else() -> None:
    told = {
        verb.strip("`"): {role for role, tick in zip(ROLES, ticks, strict=True) if tick}
        for _words, verb, *ticks in rows_under("may")
    }
    assert told == {verb: set(roles) for verb, roles in ALLOWED.items()}


def test_permissions_say_each_verb_in_words_once() -> None:
    rows = rows_under("may")
    assert {tick for _words, _verb, *ticks in rows for tick in ticks} == {"✓", ""}
    words = [words for words, *_rest in rows]
    assert all(words)
    assert len(set(words)) == len(ALLOWED) == len(rows)


# -- environment ------------------------------------------------------------------------------


def variables() -> set[str]:
    """What the portal, the programs that it starts and docker compose read from the environment."""
    paths = ("portal/settings.py", "portal/supervisor.py", "portal/management/commands/portal.py")
    code = "\n".join(text_of(path) for path in paths)
    compose = set(re.findall(r"\$\{([A-Z_]+)", text_of("docker-compose.yml")))
    assert OF_GUNICORN in code
    return {name for pattern in READS for name in re.findall(pattern, code)} | compose | {OF_GUNICORN}


def test_variables_stand_in_the_readme_and_no_others() -> None:
    cells = " ".join(cell for cell, *_rest in rows_under("variable"))
    assert sorted(re.findall(r"`([A-Z_]+)`", cells)) == sorted(variables())  # each once


def test_variables_stand_in_env_example_and_no_others() -> None:
    assert {"DATABASE_URL", "POSTGRES_PASSWORD", "PORT"} <= variables()
    assert set(re.findall(r"^#?([A-Z_]+)=", text_of(".env.example"), re.MULTILINE)) == variables()
