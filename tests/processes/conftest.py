"""A portal on each kind of database and broker, and a mail server that it sends to."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from django.conf import LazySettings
from django.db import connection
from redis import Redis

from tests.processes.engine import Engine, embedded
from tests.smtp_server import MailServer, mail_server


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def data_dir(tmp_path: Path, settings: LazySettings) -> Path:
    """The new portal's; named in our own settings too, which the programs' commands are made from."""
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def embedded_engine(data_dir: Path, mail: MailServer) -> Engine:
    engine = Engine(embedded(data_dir) | {"EMAIL_URL": f"smtp://127.0.0.1:{mail.port}"})
    engine.manage("migrate", "--no-input", "--verbosity", "0")
    return engine


@pytest.fixture
def servers_engine(transactional_db: None, data_dir: Path, mail: MailServer) -> Iterator[Engine]:
    """On this run's own PostgreSQL test database, and an empty database of its Redis."""
    if connection.vendor != "postgresql" or not os.environ.get("REDIS_URL"):
        pytest.skip("needs DATABASE_URL and REDIS_URL")
    values = connection.settings_dict
    address = f"{values['HOST']}:{values['PORT'] or 5432}/{values['NAME']}"
    database = f"postgres://{values['USER']}:{quote(values['PASSWORD'])}@{address}"
    with empty_redis(os.environ["REDIS_URL"]) as broker:
        environment = {"DATABASE_URL": database, "REDIS_URL": broker, "DATA_DIR": str(data_dir)}
        yield Engine(os.environ | environment | {"EMAIL_URL": f"smtp://127.0.0.1:{mail.port}"})


ON_SERVERS = pytest.param("servers_engine", marks=pytest.mark.django_db(transaction=True))


@pytest.fixture(params=[ON_SERVERS, "embedded_engine"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each kind in turn."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Engine)
    return found


@contextmanager
def empty_redis(url: str) -> Iterator[str]:
    """The URL of a database of that server that nobody uses; emptied again."""
    for number in reversed(range(16)):
        mine = urlsplit(url)._replace(path=f"/{number}").geturl()
        with closing(Redis.from_url(mine)) as redis:
            if redis.dbsize() == 0:
                yield mine
                redis.flushdb()
                return
    pytest.skip("every database of the Redis server is in use")
