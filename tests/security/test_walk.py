"""Every address of the portal × every kind of person × every kind of object (threat 11).

Who may see what is said in :mod:`tests.security.scenario`, not computed from the code.
"""

import re
import uuid
from collections import defaultdict

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone
from wagtail.models import Site

from tests import factories
from tests.rollback import rolled_back
from tests.security import scenario as world_module
from tests.security.scenario import ASKED_TO_SIGN_IN, MEMBERS, READS, TICKETS, WRITERS, secret
from wagtail_portal import actions
from wagtail_portal.models import (
    DesignatedField,
    Member,
    Message,
    PortalSettings,
    Role,
    Ticket,
    TicketReadState,
)

PEOPLE = list(READS)
MANAGERS = {"admin", "foreign admin"}
#: Of the portal as a whole: who gets the page, with which answer; the others get a 404 if they
#: are members.
PAGES = {
    "": (200, MEMBERS),
    "?tab=needs-reply": (200, MEMBERS),
    "?tab=open&period=all": (200, MEMBERS),
    "?tab=closed&page=2": (200, MEMBERS),
    "?scope=followed&sort=-status&requester_name=p&active_from=2020-01-01": (200, MEMBERS),
    # Ids of everybody there is, one's own among them.
    "?" + "&".join(f"requester={pk}&form={pk}" for pk in range(1, 50)): (200, MEMBERS),
    "?" + "&".join(f"requester={pk}" for pk in range(1, 50)): (200, MEMBERS),
    "read/": (302, MEMBERS),
    "organization/": (200, MEMBERS),
    "notifications/": (200, MEMBERS),
    "profile/": (200, MEMBERS),
    "profile/sign-out/": (302, MEMBERS),
    "profile/data/": (302, MEMBERS),
    "new/": (200, MEMBERS),
    "open-form/": (200, MEMBERS),
    "open-form/?subject=x": (200, MEMBERS),
    "admins-form/": (200, {"admin", "foreign admin"}),
    "uploads/": (200, set()),
    "members/": (200, MANAGERS),
    "members/?q=p&page=2": (200, MANAGERS),
    "members/history/": (200, MANAGERS),
    "members/invite/": (302, MANAGERS),
}
#: What is sent from a ticket by forms of its own.
BUTTONS = ("fields", "close", "reopen", "privacy", "following", "rating")
#: What those get who only read.
READ_ONLY = {"tickets/{number}/followers/": 302, "tickets/{number}/follow-up/": 404}
ABOUT_TICKETS = {
    "tickets/{number}/": 200,
    "tickets/{number}/reply/": 302,
    "tickets/{number}/read/": 302,
    "tickets/{number}/?message=1": 200,
    **{f"tickets/{{number}}/{name}/": 302 for name in BUTTONS},
    "tickets/{number}/followers/": 200,
    "tickets/{number}/follow-up/": 302,
    "files/{file}/": 200,
    "files/{picture}/small/": 200,
    "files/{note}/": None,
    "files/{upload}/": None,
}


@pytest.fixture
def world(db):
    return world_module.build()


def content(response) -> str:
    if response.streaming:
        return b"".join(response.streaming_content).decode(errors="replace")
    return response.content.decode()


def addresses(world):
    """``(pattern, path, status for who may, who may)`` of everything there is to open."""
    for path, (status, people) in PAGES.items():
        yield path, path, status, people
    for pattern, status in ABOUT_TICKETS.items():
        for ticket in TICKETS:
            path = pattern.format(
                number=world.numbers[ticket],
                file=world.files[ticket],
                picture=world.pictures[ticket],
                note=world.notes[ticket],
                upload=world.uploads[ticket],
            )
            readers = {person for person in PEOPLE if status and ticket in READS[person]}
            yield pattern, path, status, readers


def expected(person, status, people) -> int:
    if person in ASKED_TO_SIGN_IN:
        return 302
    if person not in MEMBERS:
        return 403
    return status if person in people else 404


def check_answer(response, person, path, wanted) -> str:
    where = f"{person} at {path}"
    text = content(response)
    assert response.status_code == wanted, where
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", ")), where
    if person in ASKED_TO_SIGN_IN:
        assert response["Location"].startswith("/accounts/login/?next=/support/"), where
    known = {secret(ticket) for ticket in READS[person]} if person in MEMBERS else set()
    if person not in ("admin", "foreign admin"):
        assert "Form of admins" not in text, where
    assert set(re.findall(r"secret-of-[a-z]+|secret-note", text)) <= known, where
    return text


@pytest.mark.long
def test_everything_there_is_to_open(world):
    walked = 0
    for person, browser in world.browsers():
        before = everything()
        hidden = defaultdict(set)
        for pattern, path, status, people in addresses(world):
            if person == "reader":
                status = READ_ONLY.get(pattern, status)
            wanted = expected(person, status, people)
            text = check_answer(browser.get(f"/support/{path}"), person, path, wanted)
            if wanted == 404:
                hidden[pattern].add(text)
            walked += 1
        # What is missing and what is hidden cannot be told apart (threat 8).
        assert all(len(answers) == 1 for answers in hidden.values()), person
        # No GET changes anything (threat 16).
        assert everything() == before, person
    assert walked == len(PEOPLE) * 118


def test_own_tickets_are_in_the_list(world):
    for person, browser in world.browsers():
        listed = set(re.findall(r"secret-of-([a-z]+)", content(browser.get("/support/"))))
        # A visitor acts in one organization at a time.
        assert listed == (READS[person] - {"foreign"} if person == "in both" else READS[person])


def test_only_who_reads_and_may_write_can_reply(world):
    for person, browser in world.browsers():
        for ticket in TICKETS:
            before = Message.objects.count()
            data = {"body": f"From {person}", "submission_key": uuid.uuid4()}
            # Somebody else's upload comes along, and is left where it is (threat 14).
            data["attachments-kept"] = world.uploads["foreign" if person == "dana" else "plain"]
            path = f"tickets/{world.numbers[ticket]}/reply/"
            response = browser.post(f"/support/{path}", data)
            may = person in WRITERS and ticket in READS[person]
            told = 200 if person in MEMBERS and ticket in READS[person] else 404
            check_answer(response, person, path, 302 if may else expected(person, told, MEMBERS))
            assert Message.objects.count() - before == may, (person, ticket)
            if may:
                message = Message.objects.latest("id")
                assert message.author == world.users[person]
                assert message.member.organization_id == message.ticket.organization_id
                assert not message.from_team
                assert not message.attachments.exists()


#: By the form's name, what is sent, and who of those who read and may write can do it: None for
#: all, else whoever asked; and whether who only reads may, too.
SENT = {
    "fields": ({"fields-urgency": "urgent", "fields-field-secret": "x"}, None, False),
    "close": ({}, None, False),
    "reopen": ({}, None, False),
    "privacy": ({"private": "yes"}, "requester", False),
    "rating": ({"rating-score": "bad", "rating-comment": "x"}, "requester", False),
    "following": ({"choice": "mute"}, None, True),
    "followers": ({"addresses": "theo@acme.example"}, None, False),
    "follow-up": ({"subject": "A follow-up", "body": "x"}, None, False),
}


@pytest.mark.parametrize("name", SENT)
def test_only_who_may_can_do_something_to_a_ticket(world, name):
    settings = PortalSettings.for_site(Site.objects.get())
    settings.ask_satisfaction = True
    settings.save()
    DesignatedField.objects.create(settings=settings, builtin="urgency", editable=True)
    if name in ("reopen", "rating"):
        Ticket.objects.update(status=factories.status("closed"), closed_at=timezone.now())
    data, only, readers = SENT[name]
    before = everything()
    for person, browser in world.browsers():
        for ticket in TICKETS:
            with rolled_back():
                path = f"tickets/{world.numbers[ticket]}/{name}/"
                same = Ticket.objects.filter(number=world.numbers[ticket])
                was_private = same.filter(private=True).exists()
                response = browser.post(f"/support/{path}", data)
                reads = ticket in READS[person]
                may = reads and (person in WRITERS or readers)
                if only == "requester" and may:
                    found = Ticket.objects.get(number=world.numbers[ticket])
                    may = found.requester.user == world.users[person]
                    if name == "privacy":
                        may = may and not was_private
                elif name == "followers":
                    # Theo can be made a follower of Acme's tickets, and follows his own already.
                    may = may and ticket not in ("foreign", "teammates")
                changed = everything() != before
                assert changed == may, (person, ticket)
                if not reads:
                    check_answer(response, person, path, expected(person, 404, MEMBERS))


def test_only_readers_can_say_that_they_have_read(world):
    for person, browser in world.browsers():
        for ticket in TICKETS:
            before = TicketReadState.objects.count()
            message = Message.objects.filter(ticket__number=world.numbers[ticket]).first()
            path = f"tickets/{world.numbers[ticket]}/read/"
            data = {"message": message.pk if message else 1}
            response = browser.post(f"/support/{path}", data)
            may = person in MEMBERS and ticket in READS[person]
            check_answer(response, person, path, expected(person, 302 if may else 404, MEMBERS))
            assert TicketReadState.objects.count() - before == may, (person, ticket)
            if may:
                assert TicketReadState.objects.latest("id").member.user == world.users[person]
        before = set(Member.objects.filter(all_read_at=None))
        response = browser.post("/support/read/")
        check_answer(response, person, "read/", expected(person, 302, MEMBERS))
        marked = before - set(Member.objects.filter(all_read_at=None))
        assert {row.user for row in marked} == {world.users[person]} & {
            world.users[name] for name in MEMBERS
        }


@pytest.mark.parametrize("form", ["open-form", "admins-form"])
def test_only_who_may_open_tickets_can_send_a_form(world, form):
    for person, browser in world.browsers():
        before = set(Ticket.objects.values_list("pk", flat=True))
        response = browser.post(
            f"/support/{form}/",
            {
                "submission_key": uuid.uuid4(),
                "subject": "Opened in a walk",
                "description": "d",
                # What no form asks is not taken from the browser (threat 12).
                "requester": "1",
                "organization": "1",
                "status": "5",
                "private": "on",
                "assignee": world.users["agent"].pk,
            },
        )
        finds = MEMBERS if form == "open-form" else {"admin", "foreign admin"}
        may = person in WRITERS & finds
        wanted = 302 if may else expected(person, 200, finds)
        check_answer(response, person, form, wanted)
        opened = Ticket.objects.exclude(pk__in=before)
        assert opened.count() == may
        for ticket in opened:
            assert ticket.requester.user == world.users[person]
            assert ticket.organization == ticket.requester.organization
            assert (ticket.status.key, ticket.private, ticket.assignee) == ("new", False, None)


def test_only_members_who_write_can_upload(world):
    for person, browser in world.browsers():
        response = browser.post("/support/uploads/", {"file": factories.upload()})
        if person in WRITERS:
            assert set(response.json()) == {"id", "name"}
            wanted = 200
        else:
            wanted = 302 if person in ASKED_TO_SIGN_IN else 403
        check_answer(response, person, "uploads/", wanted)


def test_nobody_acts_with_the_membership_of_somebody_else(world):
    for person, browser in world.browsers():
        user = world.users[person]
        for other in ("dana", "admin", "stranger"):
            if other == person:
                continue
            membership = world.users[other].portal_memberships.get()
            response = browser.post("/support/organization/", {"member": membership.pk})
            check_answer(response, person, "organization/", expected(person, 200, MEMBERS))
            page = content(browser.get("/support/"))
            own = (
                {row.organization.name for row in user.portal_memberships.all()}
                if user.pk
                else set()
            )
            for name in {"Acme", "Globex"} - own:
                assert name not in page


def test_members_are_managed_by_admins_of_the_same_organization_alone(world):
    invitations = {
        name: actions.invite_member(
            world.users[name].portal_memberships.get().organization,
            by=factories.SYSTEM,
            email=f"invited@{name}.example",
            notify=False,
        )[0]
        for name in ("dana", "stranger")
    }
    admins = {"dana": "admin", "stranger": "foreign admin"}
    for person, browser in world.browsers():
        before = everything()
        for name, admin in admins.items():
            other = world.users[name].portal_memberships.get()
            for path, done in (
                (f"members/{other.pk}/", ("revoke", "role", "restore", "", "x")),
                (f"members/invitations/{invitations[name].pk}/", ("withdraw", "resend", "x")),
            ):
                for do in done:
                    with rolled_back():
                        data = {"do": do, "role": Role.objects.get(key="admin").pk}
                        response = browser.post(f"/support/{path}", data)
                        may = person == admin
                        check_answer(
                            response, person, path, 302 if may else expected(person, 404, ())
                        )
                        changed = everything() != before
                        assert changed == (may and do not in ("restore", "", "x")), (
                            person,
                            path,
                            do,
                        )
        with rolled_back():
            data = {"addresses": "new@acme.example", "role": Role.objects.get(key="member").pk}
            response = browser.post("/support/members/invite/", data)
            may = person in MANAGERS
            check_answer(response, person, "invite", 302 if may else expected(person, 404, ()))
            assert (everything() != before) == may


def everything() -> list[list[tuple]]:
    """All that is stored in the portal's tables, each in the order of its keys."""
    rows = []
    with connection.cursor() as cursor:
        for model in apps.get_app_config("wagtail_portal").get_models(include_auto_created=True):
            table, key = map(
                connection.ops.quote_name, (model._meta.db_table, model._meta.pk.column)
            )
            cursor.execute(f"SELECT * FROM {table} ORDER BY {key}")  # noqa: S608 - our own names
            rows.append(cursor.fetchall())
    return rows
