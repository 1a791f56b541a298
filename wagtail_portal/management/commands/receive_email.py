"""``manage.py receive_email``: read one email from standard input."""

import sys

from django.core.management.base import BaseCommand, CommandError

from wagtail_portal import conf
from wagtail_portal.actions import receive_email
from wagtail_portal.exceptions import Invalid

#: What email servers understand (sysexits.h): the email is refused for good, or to be tried again.
REFUSED, TRY_AGAIN = 65, 75


class Command(BaseCommand):
    help = "Reads one email from standard input and stores it. An email server runs it per email."

    def add_arguments(self, parser):
        parser.add_argument(
            "recipients", nargs="*", help="the recipients that the email server was told"
        )
        parser.add_argument("--sender", help="the sender that the email server was told")

    def handle(self, *args, recipients, sender, **options):
        # One byte more than is allowed, so that what's too large is recognized.
        raw = sys.stdin.buffer.read(conf.RECEIVED_EMAIL_MAX_MB * 1024 * 1024 + 1)
        try:
            receive_email(raw, envelope_from=sender, envelope_to=recipients)
        except Invalid as error:
            raise CommandError(" ".join(error.messages), returncode=REFUSED) from error
        except Exception as error:
            # The database or the storage is out of reach. The email server keeps the email.
            name = type(error).__name__
            raise CommandError(f"Not stored: {name}.", returncode=TRY_AGAIN) from error
