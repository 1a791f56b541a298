"""Who can see a ticket, in words; followers, muting and privacy on the ticket page."""

import re

import pytest

from tests import factories
from tests.pages.ticket.ticket_pages import page, send, url
from wagtail_portal import actions
from wagtail_portal.models import Role, Ticket
from wagtail_portal.pages.ticket.participants import load_participants, visibility_lines
from wagtail_portal.permissions import Actor


@pytest.fixture
def maren(acme):
    return factories.member(acme, "maren@acme.example", role=Role.ADMIN, name="Maren Tolk")


@pytest.fixture
def jakub(acme):
    return factories.member(acme, "jakub@acme.example", name="Jakub Nowak")


def sentences(ticket, viewer) -> list[str]:
    ticket.refresh_from_db()
    return visibility_lines(load_participants(ticket, viewer))


class TestVisibilityText:
    def test_requester_alone(self, ticket, dana):
        assert sentences(ticket, dana) == ["You opened it.", "The support team"]

    def test_names_are_shown_to_members_who_can_see_members(
        self, ticket, dana, customer, maren, jakub
    ):
        factories.member(dana.organization, role=Role.ADMIN)
        actions.follow(ticket, by=customer, member=jakub)
        everybody = "2 people at Acme whose role can see all tickets."
        assert sentences(ticket, dana) == [
            "You opened it.",
            "Jakub Nowak is following it.",
            everybody,
            "The support team",
        ]
        assert sentences(ticket, jakub) == [
            "Dana Reyes opened it.",
            "You’re following it.",
            everybody,
            "The support team",
        ]
        other = "Person" in sentences(ticket, maren)[2]
        assert sentences(ticket, maren)[2].startswith("You and Person") and other

    def test_many_people_are_counted(self, ticket, dana, maren):
        for number in range(5):
            factories.member(dana.organization, role=Role.ADMIN, name=f"Admin {number}")
        assert sentences(ticket, maren)[1] == (
            "You, Admin 0, Admin 1 and 3 more can see all tickets of Acme."
        )
        assert "6 people at Acme whose role can see all tickets." in sentences(ticket, dana)

    def test_one_admin(self, ticket, dana, maren):
        assert "You can see all tickets of Acme." in sentences(ticket, maren)
        assert "1 person at Acme whose role can see all tickets." in sentences(ticket, dana)

    def test_requester_who_is_an_admin_is_counted_once(self, home, maren):
        ticket = factories.ticket(maren)
        assert sentences(ticket, maren) == ["You opened it.", "The support team"]

    def test_follower_who_is_an_admin_is_counted_once(self, ticket, customer, maren, dana):
        actions.follow(ticket, by=customer, member=maren)
        assert sentences(ticket, dana) == [
            "You opened it.",
            "Maren Tolk is following it.",
            "The support team",
        ]

    def test_private_ticket(self, ticket, customer, dana, maren, jakub):
        actions.follow(ticket, by=customer, member=jakub)
        actions.set_privacy(ticket, by=customer, private=True)
        assert sentences(ticket, dana) == [
            "You opened it.",
            "Jakub Nowak is following it.",
            "No one else at Acme: the ticket is private.",
            "The support team",
        ]

    def test_members_without_access_are_not_counted(
        self, ticket, customer, dana, acme, maren, jakub
    ):
        actions.follow(ticket, by=customer, member=jakub)
        none = Role.objects.get(key=Role.NO_ACCESS)
        actions.change_role(jakub, by=Actor.system(), role=none)
        inactive = factories.member(acme, role=Role.ADMIN)
        inactive.user.is_active = False
        inactive.user.save()
        actions.change_role(dana, by=Actor.system(), role=none)
        assert sentences(ticket, maren) == ["You can see all tickets of Acme.", "The support team"]

    def test_readers_are_addressed_as_you(self, ticket, acme, maren):
        Role.objects.create(key="reader", name="R", can_edit_tickets=False, tickets="organization")
        reader = factories.member(acme, role="reader")
        assert "You and 1 more can see all tickets of Acme." in sentences(ticket, reader)

    def test_names_with_format_characters_do_not_break_the_text(self, ticket, customer, dana, acme):
        odd = factories.member(acme, name="100%s {0} %(name)s")
        actions.follow(ticket, by=customer, member=odd)
        assert "100%s {0} %(name)s is following it." in sentences(ticket, dana)

    def test_text_takes_one_query(self, ticket, customer, acme, maren, django_assert_num_queries):
        for number in range(60):
            role = Role.ADMIN if number % 2 else Role.MEMBER
            member = factories.member(acme, role=role)
            if number % 3 == 0:
                actions.follow(ticket, by=customer, member=member)
        ticket = Ticket.objects.select_related("organization").get()
        with django_assert_num_queries(1):
            lines = visibility_lines(load_participants(ticket, maren))
        assert "and 17 more are following it." in lines[1]
        assert lines[2].startswith("You, ") and "and 18 more can see all" in lines[2]


class TestPrivacy:
    def test_requester_can_change_privacy_in_the_panel(self, browser, as_member, ticket, maren):
        assert "Make private" in page(browser, ticket)
        assert "Make private" not in page(as_member(maren), ticket)
        for _time in range(2):
            send(browser, ticket, "privacy/", private="yes")
            assert as_member(maren).get(url(ticket)).status_code == 404
        html = page(browser, ticket)
        assert "No one else at Acme: the ticket is private." in html
        assert "portal-ticket__private" in html
        send(browser, ticket, "privacy/", private="no")
        assert as_member(maren).get(url(ticket)).status_code == 200

    def test_others_cannot_change_privacy(self, as_member, ticket, customer, maren, jakub):
        actions.follow(ticket, by=customer, member=jakub)
        for member in (maren, jakub):
            send(as_member(member), ticket, "privacy/", private="yes")
        ticket.refresh_from_db()
        assert not ticket.private

    def test_private_ticket_is_hidden_from_others_everywhere(
        self, browser, as_member, ticket, maren
    ):
        send(browser, ticket, "privacy/", private="yes")
        other = as_member(maren)
        assert ticket.subject not in other.get("/support/").content.decode()
        for more in ("", "reply/", "fields/", "close/", "followers/", "following/", "follow-up/"):
            assert other.get(url(ticket, more)).status_code == 404
            data = {"choice": "follow", "body": "x", "subject": "x"}
            assert other.post(url(ticket, more), data).status_code == 404
        assert not ticket.followers.exists()


class TestFollowersPage:
    def test_follower_can_be_added_by_address_and_removed(self, browser, ticket, jakub, acme):
        third = factories.member(acme, "third@acme.example")
        addresses = f"{jakub.email}, {third.email.upper()}"
        for _time in range(2):
            response = send(browser, ticket, "followers/", addresses=addresses)
            assert response.url == url(ticket, "followers/")
        assert set(ticket.followers.all()) == {jakub, third}
        html = page(browser, ticket, "followers/")
        assert "Jakub Nowak" in html
        for _time in range(2):
            send(browser, ticket, "followers/", remove=jakub.pk)
        assert set(ticket.followers.all()) == {third}

    def test_members_can_be_selected_by_people_who_see_them(
        self, browser, as_member, ticket, maren, jakub, acme
    ):
        outsider = factories.member(factories.organization(), name="Outsider")
        gone = factories.member(acme, role=Role.NO_ACCESS, name="Gone Girl")
        admin = as_member(maren)
        html = page(admin, ticket, "followers/")
        offered = set(re.findall(r'name="teammates" value="(\d+)"', html))
        assert offered == {str(jakub.pk)}
        assert "Outsider" not in html and "Gone" not in html
        for pk in (outsider.pk, gone.pk, "x", "9" * 30):
            response = send(admin, ticket, "followers/", teammates=pk)
            assert "Select options from the list." in response.content.decode()
        send(admin, ticket, "followers/", teammates=jakub.pk)
        assert list(ticket.followers.all()) == [jakub]
        # Plain members aren't shown anyone's name.
        assert 'name="teammates"' not in page(browser, ticket, "followers/")
        assert "Maren" not in page(browser, ticket, "followers/")

    def test_unknown_addresses_are_rejected_with_a_message(self, browser, ticket):
        outsider = factories.member(factories.organization(), "outsider@else.example")
        for address in (outsider.email, "nobody@acme.example"):
            html = send(browser, ticket, "followers/", addresses=address).content.decode()
            assert f"{address} isn’t a member of your organization." in html
            assert f'value="{address}"' in html
        assert not ticket.followers.exists()

    def test_ids_of_others_remove_nobody(self, browser, ticket, customer, jakub, dana):
        other = factories.ticket(dana)
        actions.follow(other, by=customer, member=jakub)
        for pk in (jakub.pk, dana.pk, "x", "9" * 5000):
            assert send(browser, ticket, "followers/", remove=pk).status_code == 302
        assert list(other.followers.all()) == [jakub]

    def test_page_requires_edit_access(self, as_member, ticket, acme, jakub, customer):
        Role.objects.create(key="reader", name="R", can_edit_tickets=False, tickets="organization")
        reader = as_member(factories.member(acme, role="reader"))
        actions.follow(ticket, by=customer, member=jakub)
        assert send(reader, ticket, "followers/", remove=jakub.pk).url == url(ticket)
        assert send(reader, ticket, "followers/", addresses=jakub.email).status_code == 403
        assert list(ticket.followers.all()) == [jakub]
        assert reader.get(url(ticket, "followers/")).url == url(ticket)

    def test_removing_yourself_redirects_to_the_list(self, as_member, ticket, customer, jakub):
        actions.follow(ticket, by=customer, member=jakub)
        response = send(as_member(jakub), ticket, "followers/", remove=jakub.pk)
        assert response.url == "/support/"


class TestFollowing:
    def test_mute_and_unmute(self, browser, ticket):
        assert "You receive emails about this ticket." in page(browser, ticket)
        send(browser, ticket, "following/", choice="mute")
        assert "You don’t receive emails about this ticket." in page(browser, ticket)
        send(browser, ticket, "following/", choice="unmute")
        assert "You receive emails about this ticket." in page(browser, ticket)

    def test_members_who_can_see_the_ticket_can_follow_it(self, as_member, ticket, maren):
        admin = as_member(maren)
        assert "Follow" in page(admin, ticket)
        for _time in range(2):
            send(admin, ticket, "following/", choice="follow")
        assert list(ticket.followers.all()) == [maren]
        assert "Stop following" in page(admin, ticket)
        response = send(admin, ticket, "following/", choice="unfollow")
        assert response.url == url(ticket)
        assert not ticket.followers.exists()

    def test_unfollowing_can_remove_access(self, as_member, ticket, customer, jakub):
        actions.follow(ticket, by=customer, member=jakub)
        browser = as_member(jakub)
        response = send(browser, ticket, "following/", choice="unfollow")
        assert response.url == "/support/"
        assert (
            "You’re no longer following this ticket." in browser.get("/support/").content.decode()
        )

    def test_invalid_action_changes_nothing(self, browser, ticket):
        for choice in ("", "everything", "delete"):
            assert send(browser, ticket, "following/", choice=choice).url == url(ticket)
        assert not ticket.followers.exists() and not ticket.mutes.exists()


def test_number_of_queries_does_not_depend_on_messages(
    browser, as_member, ticket, customer, maren, acme, django_assert_max_num_queries
):
    """Twelve queries for one message and for two hundred, with everything a page can show."""
    from tests.pages.ticket.ticket_pages import change_settings, designate

    for what in ("status", "assignee", "urgency"):
        designate(ticket, what, editable=what == "urgency")
    change_settings(ticket, ask_satisfaction=True)
    team = Actor.for_agent(factories.agent())
    actions.reply(ticket, by=team, body="x", attachments=[factories.upload()])
    for visitor in (browser, as_member(maren)):
        visitor.get(url(ticket))
        with django_assert_max_num_queries(12) as one:
            visitor.get(url(ticket))
    for number in range(30):
        field = factories.ticket_field(f"Field {number}", choices=[("A", ""), ("B", "")])
        designate(ticket, field, editable=True)
        member = factories.member(acme, role=Role.ADMIN if number % 2 else Role.MEMBER)
        actions.follow(ticket, by=customer, member=member)
        if number % 3 == 0:
            actions.unfollow(ticket, by=customer, member=member)
        actions.change_fields(ticket, by=team, values={field.key: "a"})
    for number in range(200):
        files = [factories.upload()] if number % 50 == 0 else ()
        actions.reply(ticket, by=team, body=str(number), attachments=files, notify=False)
    factories.ticket(customer.member, follow_up_to=ticket)
    actions.close_ticket(ticket, by=customer)
    actions.rate_ticket(ticket, by=customer, score="good")
    for visitor in (browser, as_member(maren)):
        visitor.get(url(ticket))
        with django_assert_max_num_queries(12) as many:
            assert "continued in" in visitor.get(url(ticket)).content.decode()
    assert len(many) == len(one)
