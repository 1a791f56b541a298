"""Load very many tickets into a PostgreSQL database, for measuring.

    DATABASE_URL=postgres://… python -m benchmarks.load_tickets 1000000

Creates the database, which must not exist yet, on this machine. It contains the demo's pages,
fields and team, and tickets with three messages each, of which every seventh that's closed is
rated: in 2,000 organizations, of which one has a
fifth of all tickets, and a member for every 40 of its tickets. A million tickets take some minutes.

These people have what's measured:

- ``admin@large.example``, an admin of the largest organization,
- ``member@large.example``, an ordinary member there, with some forty tickets of their own,
- ``admin@small-1.example``, an admin of one of the others,
- ``petra``, a support manager of the demo.

Everything is the same on every run, except for times. Words of a message: ``usual`` is in every
third ticket, ``percent`` in one of 101, ``seldom`` in one of 1,009. These are primes, so that
nothing else is the same in all of these tickets, such as their organization.
"""

import argparse
import gc
import json
import os
import random
import sys
import tempfile
import time
import uuid
from datetime import timedelta
from itertools import accumulate
from urllib.parse import urlsplit

#: Tickets that are sent to the database at once.
BATCH = 10_000
#: Over which the tickets are spread.
PERIOD = timedelta(days=3 * 365)
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def create_database(url: str, *, missing_only: bool = False) -> bool:
    """Create the database that ``url`` names, and return whether it did.

    :param missing_only: whether it may be there already.
    """
    import psycopg

    server = urlsplit(url)
    if server.hostname not in LOOPBACK:
        sys.exit("DATABASE_URL must name a PostgreSQL server on this machine.")
    with psycopg.connect(server._replace(path="/postgres").geturl(), autocommit=True) as admin:
        name = server.path[1:]
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            if missing_only:
                return False
            sys.exit(f"The database {name} exists already.")
        admin.execute(f'CREATE DATABASE "{name}"')
    return True


def set_up(url: str) -> None:
    """Set up Django with the settings of the benchmarks."""
    os.environ["DATABASE_URL"] = url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.site_settings")
    os.environ.setdefault("EXAMPLE_SITE_VAR", tempfile.mkdtemp(prefix="portal-benchmark-"))
    os.environ.setdefault("EXAMPLE_SITE_PORT", "8000")
    os.environ.setdefault("EMAIL_PORT", "1")
    import django

    django.setup()


class Phrasebook:
    """Sentences of invented words, of which some are far more frequent than others."""

    def __init__(self, dice: random.Random):
        from wagtail_portal.search import terms
        from wagtail_portal.utils import markup

        syllables = [a + b for a in "bcdfghklmnprstvw" for b in "aeiou"]
        made = ("".join(dice.choices(syllables, k=dice.randint(2, 4))) for _ in range(40_000))
        words = list(dict.fromkeys(made))
        weights = list(accumulate(1 / (place + 5) for place in range(len(words))))
        self.sentences = [
            " ".join(dice.choices(words, cum_weights=weights, k=12)).capitalize() + "."
            for _number in range(20_000)
        ]
        self.rare = {name: f"It is {name}." for name in ("usual", "percent", "seldom")}
        every = [*self.sentences, *self.rare.values()]
        self.terms = {sentence: terms(sentence) for sentence in every}
        if markup.render("\n\n".join(every[:3])) != self.html(every[:3]):
            raise RuntimeError("The renderer has changed: change what html() returns.")

    @staticmethod
    def html(sentences) -> str:
        """Return what the renderer makes of a message of these paragraphs."""
        return "".join(f"<p>{sentence}</p>\n" for sentence in sentences)

    def message(self, dice: random.Random, number: int) -> list[str]:
        """Return the sentences of the first message of a ticket."""
        found = dice.choices(self.sentences, k=3)
        for every, name in ((3, "usual"), (101, "percent"), (1009, "seldom")):
            if number % every == 0:
                found.append(self.rare[name])
        return found


def load_customers(count: int) -> list[list]:
    """Create the organizations and their members, and return the members of each; the largest
    organization comes first, and of each an admin."""
    from allauth.account.models import EmailAddress
    from django.contrib.auth import get_user_model
    from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX

    from wagtail_portal.models import Member, Organization, Role

    number = min(2000, max(20, count // 50))
    names = ["Large", *(f"Small {place}" for place in range(1, number))]
    organizations = Organization.objects.bulk_create([Organization(name=name) for name in names])
    admin, member = Role.objects.get(key="admin"), Role.objects.get(key="member")
    sizes = [max(5, count // 200), *[5] * (number - 1)]
    people, users = [], []
    for organization, size in zip(organizations, sizes, strict=True):
        domain = organization.name.lower().replace(" ", "-") + ".example"
        for place in range(size):
            name = ("admin", "member")[place] if place < 2 else f"person-{place}"
            user = get_user_model()(
                username=f"{name}@{domain}",
                email=f"{name}@{domain}",
                password=UNUSABLE_PASSWORD_PREFIX,
                first_name=name.capitalize(),
                last_name=f"of {organization.name}",
            )
            users.append(user)
            role = member if place else admin
            people.append(Member(user=user, organization=organization, role=role, read_until=0))
    get_user_model().objects.bulk_create(users, batch_size=2000)
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users],
        batch_size=2000,
    )
    Member.objects.bulk_create(people, batch_size=2000)
    left = iter(people)
    return [[next(left) for _place in range(size)] for size in sizes]


class Tickets:
    """The rows of tickets, of their conversations, and of whatever else grows with them."""

    def __init__(self, count: int, customers: list[list]):
        from django.contrib.auth.models import Group
        from django.utils import timezone
        from wagtail.models import Site

        from benchmarks.bulk_copy import Rows
        from wagtail_portal.models import (
            Delivery,
            Follower,
            Message,
            Notification,
            Rating,
            Score,
            Status,
            Ticket,
            TicketField,
            TicketLogEntry,
            TicketWords,
        )
        from wagtail_portal.search.marks import choice_term
        from wagtail_portal.utils.markup import RENDERER_VERSION

        self.count, self.customers, self.now = count, customers, timezone.now()
        # Not for secrets: the same tickets on every run.
        self.dice = random.Random(7)  # noqa: S311
        self.phrases = Phrasebook(self.dice)
        self.statuses = list(Status.objects.all())
        self.closed = next(status for status in self.statuses if status.is_closed)
        new, waiting = self.statuses[0], self.statuses[2]
        self.answered = {"old": new.key, "new": waiting.key}
        self.solved = {"old": waiting.key, "new": self.closed.key}
        self.group = Group.objects.get(name="Support agents")
        self.agents = list(self.group.user_set.order_by("pk"))
        fields = TicketField.objects.filter(type="choice").prefetch_related("choices")
        self.choices = [(field, [choice.key for choice in field.choices.all()]) for field in fields]
        self.choice_terms = {
            (field.key, key): choice_term(field, key)
            for field, keys in self.choices
            for key in keys
        }
        site = Site.objects.get(is_default_site=True)

        self.tickets = Rows(
            Ticket,
            *("id", "number", "organization_id", "requester_id", "subject", "status_id"),
            *("assignee_id", "values", "private", "opened_at", "updated_at", "team_updated_at"),
            *("first_answered_at", "closed_at", "waiting_since", "last_reply_id"),
            *("newest_message",),
            site=site,
            group=self.group,
        )
        self.messages = Rows(
            Message,
            *("id", "ticket_id", "from_team", "author_id", "member_id", "body", "rendered"),
            "created_at",
            renderer_version=RENDERER_VERSION,
        )
        self.words = Rows(TicketWords, "ticket_id", "words")
        self.followers = Rows(Follower, "id", "ticket_id", "member_id", "created_at")
        self.log = Rows(
            TicketLogEntry,
            *("id", "ticket_id", "action", "user_id", "data", "timestamp", "position"),
        )
        self.emails = Rows(
            Notification,
            *("id", "ticket_id", "message_id", "recipient_id", "member_id", "actor_id", "batch"),
            *("created_at", "due_at", "retry_until", "sent_at"),
            event="reply_added",
            site=site,
            by_team=True,
            state=Delivery.SENT,
            attempts=1,
        )
        self.scores = Score.values
        self.ratings = Rows(
            Rating, "id", "ticket_id", "member_id", "score", "created_at", "updated_at"
        )
        self.rows = [
            *(self.tickets, self.messages, self.words, self.followers, self.log, self.emails),
            self.ratings,
        ]

    def add(self, place: int) -> None:
        """Add a ticket, the older the lower its place."""
        from benchmarks.bulk_copy import escaped

        dice, phrases = self.dice, self.phrases
        members = self.customers[0 if place % 5 == 0 else dice.randrange(1, len(self.customers))]
        requester = dice.choice(members)
        agent = dice.choice(self.agents)
        opened = self.now - PERIOD * (1 - place / self.count) - timedelta(minutes=5)
        is_open = place > self.count * 0.97 and dice.random() < 0.6
        status = dice.choice(self.statuses) if is_open else self.closed
        age = (self.now - opened).total_seconds()
        times = sorted(opened + timedelta(seconds=dice.random() * min(age, 400_000)) for _ in "abc")
        answered, replied, closed = (moment.isoformat() for moment in times)
        last = closed if status.is_closed else replied
        pk, opened = self.tickets.next_pk(), opened.isoformat()
        texts = [
            phrases.message(dice, self.count - place),
            dice.choices(phrases.sentences, k=3),
            dice.choices(phrases.sentences, k=3),
        ]
        subject = dice.choice(phrases.sentences)[:60].rpartition(" ")[0]
        messages = [self.messages.next_pk() for _text in texts]
        customer = (requester.user_id, requester.pk)
        authors = [customer, (agent.pk, None), customer]
        for number, (text, (author, member)) in enumerate(zip(texts, authors, strict=True)):
            self.messages.add(
                id=messages[number],
                ticket_id=pk,
                from_team=escaped(member is None),
                author_id=author,
                member_id=escaped(member),
                body=escaped("\n\n".join(text)),
                rendered=escaped(phrases.html(text)),
                created_at=(opened, answered, replied)[number],
            )
        values = {field.key: dice.choice(choices) for field, choices in self.choices}
        self.tickets.add(
            id=pk,
            number=pk + 100_000,
            organization_id=requester.organization_id,
            requester_id=requester.pk,
            subject=subject,
            status_id=status.pk,
            assignee_id=agent.pk,
            values=escaped(values),
            private=escaped(place % 50 == 0),
            opened_at=opened,
            updated_at=last,
            team_updated_at=last,
            first_answered_at=answered,
            closed_at=closed if status.is_closed else escaped(None),
            waiting_since=escaped(None) if status.is_closed else replied,
            last_reply_id=messages[-1],
            newest_message=messages[-1],
        )
        self.add_words(pk, requester, subject, texts, values)
        if place % 10 == 0:
            other = dice.choice(members)
            if other is not requester:
                follower = self.followers.next_pk()
                self.followers.add(id=follower, ticket_id=pk, member_id=other.pk, created_at=opened)
        if status.is_closed and place % 7 == 0:
            self.ratings.add(
                id=self.ratings.next_pk(),
                ticket_id=pk,
                member_id=requester.pk,
                score=dice.choice(self.scores),
                created_at=closed,
                updated_at=closed,
            )
        self.add_log(pk, customer, agent, status, messages, (opened, answered, replied, closed))
        self.emails.add(
            id=self.emails.next_pk(),
            ticket_id=pk,
            message_id=messages[1],
            recipient_id=requester.user_id,
            member_id=requester.pk,
            actor_id=agent.pk,
            batch=uuid.UUID(int=dice.getrandbits(128)),
            created_at=answered,
            due_at=answered,
            retry_until=answered,
            sent_at=answered,
        )

    def add_words(self, pk: int, requester, subject: str, texts: list, values: dict) -> None:
        """Add what's searched."""
        from wagtail_portal.models.fields import to_vector
        from wagtail_portal.search.database import people_terms

        known = self.phrases.terms
        found = dict.fromkeys((str(pk + 100_000), *subject.lower().split()))
        for text in texts:
            for sentence in text:
                found.update(known[sentence])
        found.update(dict.fromkeys(people_terms(requester.organization_id, requester.user)))
        found.update(
            (self.choice_terms[field.key, values[field.key]], None) for field, _keys in self.choices
        )
        self.words.add(ticket_id=pk, words=to_vector(" ".join(found)))

    def add_log(self, pk, customer, agent, status, messages, times) -> None:
        """Add what happened to a ticket."""
        entries = [
            ("open_ticket", False, {"channel": "form"}),
            ("reply", True, {"message": messages[1]}),
            ("change_status", True, self.answered),
            ("reply", False, {"message": messages[2]}),
        ]
        if status.is_closed:
            entries.append(("close_ticket", True, self.solved))
        for place, (action, by_team, data) in enumerate(entries):
            self.log.add(
                id=self.log.next_pk(),
                ticket_id=pk,
                action=f"wagtail_portal.{action}",
                user_id=agent.pk if by_team else customer[0],
                data=json.dumps({"side": "team" if by_team else "customer", **data}),
                timestamp=times[max(0, place - 1)],
                position=messages[min(place, 2)],
            )

    def load(self) -> None:
        """Send everything to the database."""
        from benchmarks.bulk_copy import Writer, reset_sequences, without_indexes

        with without_indexes([rows.table for rows in self.rows]):
            writer = Writer()
            for place in range(self.count):
                self.add(place)
                if place % BATCH == BATCH - 1 or place == self.count - 1:
                    writer.write(self.rows)
                    print(f"\r{place + 1} tickets", end="", flush=True)
            writer.close()
            print("\nBuilding indexes", flush=True)
        reset_sequences(self.rows)


def load(count: int, url: str) -> None:
    """Create the database that ``url`` names, with ``count`` tickets."""
    create_database(url)
    set_up(url)
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from benchmarks.bulk_copy import spent
    from example_site.demo import load as demo

    begin = time.perf_counter()
    print("Loading the demo", flush=True)
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    demo.load(timezone.now(), hostname="localhost", port=settings.EXAMPLE_SITE_PORT, small=True)
    loaded, cpu = time.perf_counter(), time.process_time()
    Tickets(count, load_customers(count)).load()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    passed = time.perf_counter() - loaded
    cpu = time.process_time() - cpu
    print(f"{count} tickets in {passed:.0f} s; the demo before in {loaded - begin:.0f} s")
    print(f"Seconds of CPU: {cpu:.0f} of Python, {sum(spent):.0f} of PostgreSQL")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tickets", type=int)
    given = parser.parse_args()
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        sys.exit("Set DATABASE_URL to a database that doesn't exist yet: postgres://…")
    gc.disable()
    load(given.tickets, url)


if __name__ == "__main__":
    main()
