from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.accounts.actions import create_api_token
from portal.accounts.models import User


class Command(BaseCommand):
    help = "Makes an API key for a person and prints the key alone; it cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="command line", help="what the key is for")
        parser.add_argument("--read-only", action="store_true", help="the key may read but not write")

    def handle(self, *args: Any, email: str, name: str, read_only: bool, **options: Any) -> None:
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody active signs in with {email}.")
        _token, key = create_api_token(user=user, name=name, read_only=read_only, now=timezone.now())
        self.stdout.write(key)
