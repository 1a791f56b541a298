"""A small world with a secret in everything, and who may know of what, told independently of
the code: the table below is the requirement."""

from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser
from django.test import Client

from tests import factories
from wagtail_portal import actions
from wagtail_portal.models import Role
from wagtail_portal.permissions import Actor

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

#: The tickets: Dana's three, Theo's of the same organization, one of another, and one of nobody.
TICKETS = ("plain", "private", "followed", "teammates", "foreign", "missing")

#: Who reads which of them.
READS = {
    "dana": {"plain", "private", "followed"},
    "theo": {"teammates"},
    "follower": {"followed"},
    "admin": {"plain", "followed", "teammates"},
    "reader": {"plain", "followed", "teammates"},
    "revoked": set(),
    "stranger": {"foreign"},
    "foreign admin": {"foreign"},
    "in both": {"teammates", "foreign"},
    "deactivated": set(),
    "agent": set(),
    "editor": set(),
    "anonymous": set(),
}
#: Who gets a page of the portal at all, and who of them may write.
MEMBERS = {
    "dana",
    "theo",
    "follower",
    "admin",
    "reader",
    "stranger",
    "foreign admin",
    "in both",
}
WRITERS = MEMBERS - {"reader"}
ASKED_TO_SIGN_IN = {"anonymous", "deactivated"}


@dataclass
class World:
    """``numbers``, and ids of ``files`` by ticket; users by name in ``users``."""

    users: dict = field(default_factory=dict)
    numbers: dict = field(default_factory=dict)
    files: dict = field(default_factory=dict)
    pictures: dict = field(default_factory=dict)
    notes: dict = field(default_factory=dict)
    uploads: dict = field(default_factory=dict)

    def browsers(self):
        """Each person by name, with a browser in which they are signed in."""
        for person in READS:
            browser = Client()
            if self.users[person].pk:
                browser.force_login(self.users[person], backend=BACKEND)
            yield person, browser


def secret(ticket: str) -> str:
    """The word that only the readers of a ticket may meet."""
    return f"secret-of-{ticket}"


def build() -> World:
    """The world, made through the actions."""
    world = World()
    home = factories.portal_home()
    factories.form_page(home, title="Open form", slug="open-form")
    factories.form_page(home, title="Other form", slug="other-form")
    form = factories.form_page(home, title="Form of admins", slug="admins-form")
    form.for_roles.set([Role.objects.get(key=Role.ADMIN)])
    form.save()
    form = factories.form_page(home, title="Form for anyone", slug="anyone")
    form.audience = "anyone"
    form.save()
    Role.objects.create(key="reader", name="R", tickets="organization", can_edit_tickets=False)
    acme, globex = factories.organization("Acme"), factories.organization("Globex")
    members = {
        "dana": factories.member(acme),
        "theo": factories.member(acme, "theo@acme.example"),
        "follower": factories.member(acme),
        "admin": factories.member(acme, role=Role.ADMIN),
        "reader": factories.member(acme, role="reader"),
        "revoked": factories.member(acme, role=Role.NO_ACCESS),
        "deactivated": factories.member(acme, role=Role.ADMIN),
        "stranger": factories.member(globex, "stranger@globex.example"),
        "foreign admin": factories.member(globex, role=Role.ADMIN),
        # Follows a ticket in each of their organizations.
        "in both": factories.member(acme, "both@both.example"),
    }
    both_in_globex = factories.member(globex, "both@both.example")
    actions.choose_organization(members["in both"])
    world.users = {name: member.user for name, member in members.items()}
    world.users["deactivated"].is_active = False
    world.users["deactivated"].save()
    world.users["agent"] = factories.agent()
    world.users["editor"] = factories.staff("Editors")
    world.users["anonymous"] = AnonymousUser()

    agent = Actor.for_agent(world.users["agent"])
    requesters = {"teammates": "theo", "foreign": "stranger"}
    followers = {
        "followed": [members["follower"]],
        "teammates": [members["in both"]],
        "foreign": [both_in_globex],
    }
    for name in TICKETS[:-1]:
        requester = members[requesters.get(name, "dana")]
        ticket = factories.ticket(
            requester,
            subject=f"Subject {secret(name)}",
            body=f"Body {secret(name)}",
            followers=followers.get(name, ()),
            attachments=[
                factories.upload(f"{secret(name)}.txt", secret(name).encode()),
                factories.picture(f"{secret(name)}.png"),
            ],
            notify=False,
        )
        if name == "private":
            ticket.private = True
            ticket.save()
        world.numbers[name] = ticket.number
        file, picture = ticket.messages.get().attachments.all()
        world.files[name], world.pictures[name] = file.pk, picture.pk
        note = actions.add_note(
            ticket, by=agent, body="secret-note", attachments=[factories.upload("secret-note.txt")]
        )
        world.notes[name] = note.attachments.get().pk
        upload = actions.upload(
            by=Actor.for_member(requester), site=ticket.site, file=factories.upload("unsent.txt")
        )
        world.uploads[name] = upload.pk
    missing = "00000000-0000-4000-8000-000000000000"
    world.numbers["missing"] = 99_999
    world.files["missing"] = world.pictures["missing"] = missing
    world.notes["missing"] = world.uploads["missing"] = missing
    return world
