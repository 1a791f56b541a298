"""A scenario with a secret in everything, and who is allowed to see which.

The tables below are the requirement; they're independent of the code.
"""

from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser
from django.test import Client
from wagtail.models import Site

from tests import factories
from wagtail_portal import actions
from wagtail_portal.models import PortalSettings, Role, Ticket
from wagtail_portal.permissions import Actor

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

#: Tickets: three of Dana's, one of Theo's in the same organization, one of another organization,
#: and a missing one.
TICKETS = ("plain", "private", "followed", "teammates", "foreign", "missing")

#: Who can read which ticket.
READS = {
    "dana": {"plain", "private", "followed"},
    "theo": {"teammates"},
    "follower": {"followed"},
    "admin": {"plain", "followed", "teammates"},
    "reader": {"plain", "followed", "teammates"},
    "revoked": set(),
    "outsider": {"foreign"},
    "foreign admin": {"foreign"},
    "in both": {"teammates", "foreign"},
    "deactivated": set(),
    # Sees a ticket that was shared with them on pages of its own.
    "guest": set(),
    "agent": set(),
    "editor": set(),
    "anonymous": set(),
}
#: Who can open portal pages, and who of them can write.
MEMBERS = {
    "dana",
    "theo",
    "follower",
    "admin",
    "reader",
    "outsider",
    "foreign admin",
    "in both",
}
WRITERS = MEMBERS - {"reader"}
ASKED_TO_SIGN_IN = {"anonymous", "deactivated"}


@dataclass
class Scenario:
    """Ticket ``numbers``, file IDs by ticket, and ``users`` by name."""

    users: dict = field(default_factory=dict)
    numbers: dict = field(default_factory=dict)
    files: dict = field(default_factory=dict)
    pictures: dict = field(default_factory=dict)
    notes: dict = field(default_factory=dict)
    uploads: dict = field(default_factory=dict)

    def browsers(self):
        """Yield each person's name with a test client in which they're signed in."""
        for person in READS:
            browser = Client()
            if self.users[person].pk:
                browser.force_login(self.users[person], backend=BACKEND)
            yield person, browser


def secret(ticket: str) -> str:
    """Return the word that only readers of the ticket may see."""
    return f"secret-of-{ticket}"


def build() -> Scenario:
    """Create the scenario through the actions."""
    scenario = Scenario()
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
        "outsider": factories.member(globex, "outsider@globex.example"),
        "foreign admin": factories.member(globex, role=Role.ADMIN),
        # Follows a ticket in each of two organizations.
        "in both": factories.member(acme, "both@both.example"),
    }
    both_in_globex = factories.member(globex, "both@both.example")
    actions.choose_organization(members["in both"])
    scenario.users = {name: member.user for name, member in members.items()}
    scenario.users["deactivated"].is_active = False
    scenario.users["deactivated"].save()
    scenario.users["guest"] = actions.save_visitor("guest@partner.example").user
    scenario.users["agent"] = factories.agent()
    scenario.users["editor"] = factories.staff("Editors")
    scenario.users["anonymous"] = AnonymousUser()

    agent = Actor.for_agent(scenario.users["agent"])
    requesters = {"teammates": "theo", "foreign": "outsider"}
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
        scenario.numbers[name] = ticket.number
        file, picture = ticket.messages.get().attachments.all()
        scenario.files[name], scenario.pictures[name] = file.pk, picture.pk
        note = actions.add_note(
            ticket, by=agent, body="secret-note", attachments=[factories.upload("secret-note.txt")]
        )
        scenario.notes[name] = note.attachments.get().pk
        upload = actions.upload(
            by=Actor.for_member(requester), site=ticket.site, file=factories.upload("unsent.txt")
        )
        scenario.uploads[name] = upload.pk
    share(scenario, members["dana"])
    factories.make_thumbnails()
    missing = "00000000-0000-4000-8000-000000000000"
    scenario.numbers["missing"] = 99_999
    scenario.files["missing"] = scenario.pictures["missing"] = missing
    scenario.notes["missing"] = scenario.uploads["missing"] = missing
    return scenario


def share(scenario: Scenario, requester) -> None:
    """Share one ticket with the guest, who verifies the address."""
    portal = PortalSettings.for_site(Site.objects.get())
    portal.customers_share = True
    portal.save()
    plain, guest = Ticket.objects.get(number=scenario.numbers["plain"]), scenario.users["guest"]
    by = Actor.for_member(requester)
    actions.share_ticket(plain, by=by, email=guest.email, notify=False)
    actions.accept_shares(guest, email=guest.email)
