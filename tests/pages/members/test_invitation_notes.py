"""Notes in invitations: the portal's emails carry no links of customers to strangers."""

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.utils import timezone

from tests import factories
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid, RateLimited
from wagtail_portal.models import OrganizationDomain, Role
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.links import find_link

LINKS = [
    "https://evil.example/login",
    "HTTPS://EVIL.EXAMPLE",
    "ftp://evil",
    "evil.com",
    "Www.Evil.Co.Uk/x?y=z",
    "пример.рф",
    "xn--e1afmkfd.xn--p1ai",
    "evil。com",
    "ｅｖｉｌ．ｃｏｍ",
    "ev\u200bil\u2066.com",
    "help@evil.com",
    "mailto:help@evil",
    "tel:+4912345",
    "10.0.0.1:8080",
    "192.0.2.1/x",
    r"\\evil\share",
    "(evil.com)",
    "[portal](http://evil)",
    "**evil.com**",
    "evil.com's",
]
NO_LINKS = ["e.g. this, i.e. that", "z. B. so … oder so", "At 10.30, room 2.1.3", "C:/temp"]


@pytest.fixture
def admin(acme, home):
    acme.domains.add(OrganizationDomain(domain="acme.example", verified_at=timezone.now()))
    acme.domains.add(OrganizationDomain(domain="unverified.example"))
    acme.save()
    return factories.member(acme, "ada@acme.example", role=Role.ADMIN, name="Ada Admin")


@pytest.fixture
def invite(acme, admin, django_capture_on_commit_callbacks):
    """``invite(email, note)``: the email that was sent."""

    def run(email, note, by=None):
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            actions.invite_member(acme, by=by or Actor.for_member(admin), email=email, note=note)
        return mail.outbox[0]

    return run


@pytest.mark.parametrize("link", LINKS)
def test_everything_that_becomes_a_link_is_found(link):
    assert find_link(f"Look at {link}, please")


@pytest.mark.parametrize("text", NO_LINKS)
def test_plain_sentences_have_no_links(text):
    assert find_link(text) == ""


@pytest.mark.parametrize("email", ["kim@else.example", "kim@unverified.example"])
def test_note_to_an_address_outside_the_organization_has_no_link(invite, acme, email):
    with pytest.raises(Invalid) as refused:
        invite(email, "Sign in at https://evil.example/portal now")
    assert refused.value.errors.keys() == {"note"}
    assert "https://evil.example/portal" in refused.value.errors["note"]
    assert not acme.invitations.exists()
    assert "See you" in invite(email, "See you there").body


def test_note_to_a_colleague_or_from_the_team_may_have_one(invite, team):
    note = "The manual: https://docs.acme.example/"
    assert note in invite("kim@Acme.example", note).body
    manager = Actor.for_agent(factories.staff("Support managers"))
    assert note in invite("kim@else.example", note, by=manager).body


def test_error_is_next_to_the_note_and_nothing_is_lost(acme, admin, as_member):
    role = Role.objects.get(key=Role.MEMBER)
    data = {"addresses": "kim@else.example, lee@acme.example, no@else.example", "role": role.pk}
    data["note"] = "Read evil.com first"
    # These were pointed out before.
    data["outsider"] = ["kim@else.example", "no@else.example"]
    response = as_member(admin).post("/support/members/invite/", data)
    assert response.status_code == 200
    form = response.context["invite_form"]
    assert form.errors.keys() == {"note"}
    (error,) = form.errors["note"]
    assert "evil.com" in error
    page = BeautifulSoup(response.content, "html.parser")
    assert page.select_one("[name=note]").get_text(strip=True) == "Read evil.com first"
    addresses = page.select_one("[name=addresses]").get_text(strip=True)
    assert addresses == "kim@else.example, no@else.example"
    assert [row.email for row in acme.invitations.all()] == ["lee@acme.example"]


def test_note_is_quoted_as_the_inviters(invite):
    message = invite("kim@else.example", "Hello,\n\nYour account is locked.\r\nAcme support")
    assert "Note from Ada Admin:" in message.body
    for line in ("> Hello,", "> Your account is locked.", "> Acme support"):
        assert f"\n{line}\n" in message.body
    page = BeautifulSoup(message.alternatives[0][0], "html.parser")
    quote = page.select_one("blockquote")
    assert "Your account is locked." in quote.get_text()
    assert "Note from Ada Admin:" in quote.find_previous("p").get_text()


def test_name_of_the_inviter_has_no_link(invite, admin):
    actions.change_profile(by=Actor.for_member(admin), name="Log in at evil.com")
    message = invite("kim@else.example", "")
    assert "evil.com" not in message.message().as_string()
    assert "ada@acme.example has invited you" in message.body


def test_invitations_of_an_organization_are_limited(invite, acme, admin, settings):
    settings.WAGTAIL_PORTAL = {"INVITATIONS_PER_ORGANIZATION_A_DAY": 2}
    other = factories.member(acme, role=Role.ADMIN)
    invite("one@acme.example", "")
    invite("two@acme.example", "", by=Actor.for_member(other))
    for member in (admin, other):
        with pytest.raises(RateLimited):
            invite("three@acme.example", "", by=Actor.for_member(member))
    manager = Actor.for_agent(factories.staff("Support managers"))
    invite("three@acme.example", "", by=manager)
    globex = factories.organization("Globex")
    boss = Actor.for_member(factories.member(globex, role=Role.ADMIN))
    actions.invite_member(globex, by=boss, email="one@globex.example")
