"""Email headers: threading by RFC 5322 and Jamie Zawinski's algorithm, senders and loops."""

from datetime import timedelta
from email.utils import parseaddr

import pytest
from django.core import mail
from django.db.models import F
from django.urls import reverse

from tests import factories
from wagtail_portal import actions
from wagtail_portal.actions.anonymous.save_visitor import save_visitor
from wagtail_portal.models import Delivery, Notification, PortalSettings, RateLimit
from wagtail_portal.notifications import outbox
from wagtail_portal.permissions import Actor


@pytest.fixture
def conversation(home, acme, dana, django_capture_on_commit_callbacks):
    """Ten turns between Dana and Robin, returned as parsed emails by recipient."""
    from email import message_from_bytes, policy

    settings = PortalSettings.for_site(home.get_site())
    settings.portal_name, settings.sender_address = "Acme Help", "help@company.example"
    settings.reply_address = "answers@company.example"
    settings.save()
    robin = factories.agent(name="Robin Vale")
    follower = factories.member(acme, "theo@acme.example")
    with django_capture_on_commit_callbacks(execute=True):
        ticket = factories.ticket(dana, "Export fails", assignee=robin, followers=[follower])
    sides = [Actor.for_agent(robin), Actor.for_member(dana)]
    for turn in range(9):
        with django_capture_on_commit_callbacks(execute=True):
            actions.reply(ticket, by=sides[turn % 2], body=f"Turn {turn}")
    boxes = {}
    for message in mail.outbox:
        raw = message_from_bytes(message.message().as_bytes(), policy=policy.default)
        boxes.setdefault(message.to[0], []).append(raw)
    return boxes


@pytest.fixture
def box(conversation, dana):
    return conversation[dana.email]


def ids(header) -> list[str]:
    return (header or "").split()


def test_recipients_get_what_others_wrote(conversation, dana):
    assert {address: len(box) for address, box in conversation.items()} == {
        dana.email: 6,
        "theo@acme.example": 10,
        next(address for address in conversation if "company" in address): 5,
    }


def test_identification_fields_follow_rfc_5322(conversation):
    """Section 3.6.4: one unique Message-ID; In-Reply-To names the parent; References are the
    parent's References followed by the parent's Message-ID."""
    everything = [message for box in conversation.values() for message in box]
    assert len({message["Message-ID"] for message in everything}) == len(everything)
    for box in conversation.values():
        first, *others = box
        assert first["In-Reply-To"] is None
        for parent, message in zip(box, others, strict=False):
            assert message.get_all("Message-ID") == [message["Message-ID"]]
            assert ids(message["In-Reply-To"]) == [parent["Message-ID"]]
            assert ids(message["References"]) == [*ids(parent["References"]), parent["Message-ID"]]
            assert all(
                known.startswith("<") and known.endswith(">")
                for known in ids(message["References"])
            )


class Container:
    """A node of the algorithm: a message, or a placeholder for a missing one."""

    def __init__(self, key):
        self.key, self.message, self.parent, self.children = key, None, None, []

    def has_above(self, other) -> bool:
        node = self
        while node is not None:
            if node is other:
                return True
            node = node.parent
        return False

    def adopt(self, child) -> None:
        if child.parent:
            child.parent.children.remove(child)
        child.parent = self
        self.children.append(child)


def threads(messages) -> list[Container]:
    """Group messages into threads by steps 1 to 4 of https://www.jwz.org/doc/threading.html."""
    table: dict[str, Container] = {}

    def container(key):
        return table.setdefault(key, Container(key))

    for message in messages:
        own = container(message["Message-ID"])
        own.message = message
        before = None
        for key in ids(message["References"]) or ids(message["In-Reply-To"]):
            node = container(key)
            if before and node.parent is None and not before.has_above(node):
                before.adopt(node)
            before = node
        if own.parent:
            own.parent.children.remove(own)
            own.parent = None
        if before and not before.has_above(own):
            before.adopt(own)
    roots = [node for node in table.values() if node.parent is None]
    return [root for found in roots for root in _prune(found, top=True)]


def _prune(node, *, top=False) -> list[Container]:
    node.children = [kept for child in node.children for kept in _prune(child)]
    if node.message is None and (not node.children or not top or len(node.children) == 1):
        for child in node.children:
            child.parent = node.parent
        return node.children
    return [node]


def test_jwz_algorithm_finds_one_thread_in_order(conversation):
    for box in conversation.values():
        for order in (box, box[::-1], box[1::2] + box[::2]):
            [root] = threads(order)
            chain = []
            while root is not None:
                chain.append(root.message)
                assert len(root.children) <= 1
                root = root.children[0] if root.children else None
            assert chain == box


def test_thread_survives_deleted_emails(box):
    for lost in range(len(box)):
        rest = box[:lost] + box[lost + 1 :]
        assert len(threads(rest)) == 1
    assert len(threads([box[0], box[-1]])) == 1


def test_subjects_only_differ_by_re(box):
    subjects = [message["Subject"] for message in box]
    assert {subject.removeprefix("Re: ") for subject in subjects} == {subjects[0]}
    assert not subjects[0].startswith("Re:") and subjects[1].startswith("Re:")


def test_sender_has_the_agents_name_and_the_sites_address(conversation, dana):
    first, *answers = conversation[dana.email]
    assert {parseaddr(message["From"]) for message in answers} == {
        ("Robin Vale (Acme Help)", "help@company.example")
    }
    others = conversation["theo@acme.example"]
    assert parseaddr(others[0]["From"]) == ("Dana Reyes via Acme Help", "help@company.example")
    assert {message["Reply-To"] for message in others} == {"answers@company.example"}


def test_headers_suppress_auto_replies_and_name_the_list(conversation):
    for box in conversation.values():
        for message in box:
            assert message["Auto-Submitted"] == "auto-generated"
            assert message["X-Auto-Response-Suppress"] == "All"
            assert message["List-Id"] == "<tickets.localhost>"


def test_recipients_do_not_see_each_other(conversation, dana):
    for address, box in conversation.items():
        for message in box:
            raw = message.as_string()
            assert message["To"] == address and not message["Cc"] and not message["Bcc"]
            outsiders = set(conversation) - {address}
            assert not any(outsider in raw for outsider in outsiders)


def test_team_emails_have_no_unsubscribe_link_for_customers(conversation):
    agent = next(address for address in conversation if "company" in address)
    assert all(message["List-Unsubscribe"] is None for message in conversation[agent])
    others = [box for address, box in conversation.items() if address != agent]
    assert all(message["List-Unsubscribe"] for box in others for message in box)


class TestLoops:
    @pytest.fixture
    def ticket(self, home, dana):
        return factories.ticket(dana, "Export fails", notify=False)

    @pytest.fixture
    def flood(self, ticket, django_capture_on_commit_callbacks):
        """Return ``flood(number)``, which adds that number of replies of the team."""
        by = Actor.for_agent(factories.agent())

        def send(number):
            for count in range(number):
                with django_capture_on_commit_callbacks(execute=True):
                    actions.reply(ticket, by=by, body=f"No. {count}")

        return send

    @pytest.mark.parametrize("limit", ["EMAILS_PER_TICKET", "EMAILS_PER_ADDRESS"])
    def test_hourly_limit_delays_emails_without_losing_any(self, flood, settings, client, limit):
        settings.WAGTAIL_PORTAL = {limit: 3}
        flood(5)
        assert len(mail.outbox) == 3
        late = list(Notification.objects.filter(state=Delivery.DIGEST))
        assert len(late) == 2 and all("Limit reached: 3" in row.error for row in late)
        client.force_login(factories.staff("Support managers"))
        page = client.get(reverse("wagtailsnippets_wagtail_portal_notification:list"))
        assert "Limit reached: 3" in page.content.decode()
        outbox.send_due(clock=lambda: late[0].due_at)
        assert len(mail.outbox) == 4
        assert mail.outbox[3].body.count("replied") == 2

    def test_visitor_gets_what_had_to_wait_in_full_as_they_cannot_open_a_digest(
        self, home, settings, django_capture_on_commit_callbacks
    ):
        settings.WAGTAIL_PORTAL = {"EMAILS_PER_TICKET": 1}
        visitor, by = save_visitor("vic@home.example"), Actor.for_agent(factories.agent())
        ticket = factories.ticket(visitor, by=by, notify=False)
        for number in range(2):
            with django_capture_on_commit_callbacks(execute=True):
                actions.reply(ticket, by=by, body=f"No. {number}")
        late = Notification.objects.undelivered().get()
        assert late.state == Delivery.DUE
        factories.forget_limits()
        outbox.send_due(clock=lambda: late.due_at)
        assert "No. 1" in mail.outbox[-1].body and len(mail.outbox) == 2

    def test_limit_is_reset_every_hour(self, flood, settings):
        settings.WAGTAIL_PORTAL = {"EMAILS_PER_TICKET": 1}
        flood(1)
        RateLimit.objects.update(expires_at=F("expires_at") - timedelta(hours=1))
        flood(1)
        assert len(mail.outbox) == 2

    @pytest.mark.parametrize("address", ["no-reply@acme.example", "MAILER-DAEMON@acme.example"])
    def test_no_email_is_sent_to_unreachable_addresses(self, ticket, flood, dana, address):
        dana.user.email = address
        dana.user.save()
        flood(1)
        assert mail.outbox == [] and not Notification.objects.exists()

    def test_no_email_is_sent_to_our_own_addresses(self, ticket, flood, dana, home):
        settings = PortalSettings.for_site(home.get_site())
        settings.sender_address = settings.reply_address = "help@company.example"
        settings.save()
        dana.user.email = "Help@company.example"
        dana.user.save()
        flood(1)
        assert mail.outbox == []
