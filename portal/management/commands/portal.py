"""`manage.py portal`: the whole portal in one go, for one machine."""

import os
import signal
import socket
import sys
import threading
from argparse import ArgumentParser
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from types import FrameType
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connections

from portal.demo.accounts import EMAILS, PASSWORD
from portal.supervisor import Program, supervise


def programs(bind: str, port: int) -> list[Program]:
    """What runs. gunicorn takes its number of processes from WEB_CONCURRENCY.

    Beat stands alone: a beat inside the worker that dies is not noticed, and nothing is due ever after.
    """
    gunicorn = ["gunicorn", "portal.wsgi", "--bind", f"{bind}:{port}", "--threads", "4", "--no-control-socket"]
    celery = ["celery", "--quiet", "-A", "portal"]
    worker = [*celery, "worker", "--queues", "celery,reports", "--loglevel", "INFO", "--concurrency", "2"]
    schedule = ["--schedule", str(settings.DATA_DIR / "beat-schedule"), "--pidfile", ""]
    beat = [*celery, "beat", "--loglevel", "INFO", *schedule]
    commands = {"web": gunicorn, "worker": worker, "beat": beat}
    return [Program(name, [sys.executable, "-m", *command]) for name, command in commands.items()]


def refuse_taken_port(bind: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as fault:
            raise CommandError(f"Cannot listen on {bind}:{port}: {fault.strerror}. Choose another PORT.") from fault


def is_ready(host: str, port: int) -> bool:
    """Whether /readyz says yes."""
    connection = HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def announce(text: str, *, bind: str, port: int, say: Callable[[str], None], stop: threading.Event) -> None:
    """Say the text as soon as the portal is ready."""
    host = "127.0.0.1" if bind == "0.0.0.0" else bind  # noqa: S104 - recognised, not bound
    while not stop.wait(0.3):
        if is_ready(host, port):
            say(text)
            return


def stop_on_signals(stop: threading.Event) -> None:
    def request_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, request_stop)
    signal.signal(signal.SIGTERM, request_stop)


class Command(BaseCommand):
    help = "Migrate, then run web, worker and beat together until Ctrl-C. With --demo, fill in the demo first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--bind", default=settings.BIND, help="address to listen on")
        parser.add_argument("--demo", action="store_true", help="fill in the demo, unless it is there already")

    def handle(self, *, bind: str, port: int, demo: bool, **options: Any) -> None:
        refuse_taken_port(bind, port)
        self.say("Preparing the database ...")
        call_command("migrate", interactive=False, verbosity=0)
        if demo:
            self.fill_demo()
        connections.close_all()
        self.run(bind, port, text=self.welcome(port, demo=demo))

    def run(self, bind: str, port: int, *, text: str) -> None:
        stop = threading.Event()
        stop_on_signals(stop)
        told = {"bind": bind, "port": port, "say": self.say, "stop": stop}
        threading.Thread(target=announce, args=[text], kwargs=told, daemon=True).start()
        environment = os.environ | {"PORT": str(port), "PYTHONUNBUFFERED": "1"}
        supervise(programs(bind, port), environment=environment, say=self.say, stop=stop)
        self.say("The portal has stopped.")

    def fill_demo(self) -> None:
        if not get_user_model().objects.filter(email=EMAILS[0]).exists():
            self.say("Filling in a demo of a year; this takes a minute or two ...")
            call_command("demo")

    def welcome(self, port: int, *, demo: bool) -> str:
        address = settings.PUBLIC_URL if "PUBLIC_URL" in os.environ else f"http://127.0.0.1:{port}"
        lines = [f"The portal is ready: {address}", "Ctrl-C stops it."]
        if demo:
            lines += [f'Sign in with the password "{PASSWORD}" as', *(f"  {email}" for email in EMAILS)]
        return "\n".join(["", *lines, ""])

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
