"""All actions lock rows of different tables in one order, so that none waits for another in a
circle."""

import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from tests import factories
from tests.actions.test_waiting_for_locks import Desk, Portal, names
from tests.incoming import conftest
from tests.incoming.conftest import MAILBOX
from tests.incoming.emails import email, passed
from wagtail_portal import actions, models
from wagtail_portal.actions import _locks
from wagtail_portal.models import (
    CustomerImport,
    JoinRequest,
    Member,
    Notification,
    PendingRequest,
    PortalSettings,
    ReceivedEmail,
    ReceivedState,
    Role,
    State,
    Status,
    Ticket,
)
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.reply_addresses import sign_reply_address

#: A fixture.
incoming = conftest.incoming

USERS = get_user_model()._meta.db_table
MODELS = (getattr(models, name, get_user_model()) for name in _locks.ORDER)
ORDER = [model._meta.db_table for model in MODELS]
#: Statements that lock rows, if they end with one of the following.
STATEMENT = re.compile(r'^(UPDATE|DELETE FROM|SELECT .*? FROM) ["`]?(\w+)', re.DOTALL)
#: SQLite ignores the first one.
ENDS = ("/* FOR UPDATE */", "FOR UPDATE", "FOR NO KEY UPDATE")


@contextmanager
def in_order(monkeypatch):
    """Check in which order tables in :data:`ORDER` are locked for the first time, also by changing
    their rows."""
    found = []

    def note(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        kind, table = STATEMENT.match(sql).groups() if STATEMENT.match(sql) else ("", "")
        # ``share`` adds what it needs later. Agents are shared for as long as they act.
        shares = connection.execute_wrappers[-1] is not note and table != USERS
        locks = kind.startswith("SELECT") and (shares or sql.endswith(ENDS))
        changes = kind in ("UPDATE", "DELETE FROM") and context["cursor"].rowcount
        if locks and sql.endswith(ENDS):
            # Joined rows would be locked, too, in whatever order.
            assert " JOIN " not in sql.partition("(")[0]
        if locks or changes:
            found.append(table)
        return result

    if not connection.features.has_select_for_update:
        monkeypatch.setattr(connection.features, "has_select_for_update", True)
        monkeypatch.setattr(connection.ops, "for_update_sql", lambda **kwargs: ENDS[0])
    with connection.execute_wrapper(note):
        yield
    found = [table for table in dict.fromkeys(found) if table in ORDER]
    assert found and found == sorted(found, key=ORDER.index)


def received(ticket, member, state=ReceivedState.HELD) -> ReceivedEmail:
    """Return an email of a member to a ticket."""
    row = ReceivedEmail(
        site=ticket.site, digest=f"{ticket.pk}", size=1, state=state, sender=member.email
    )
    row.ticket, row.member = ticket, member
    to = sign_reply_address(MAILBOX, ticket.number, member.pk)
    raw = email(sender=member.email, to=to, results=passed("customer.example"))
    row.raw.save("", ContentFile(raw))
    return row


class People(Desk):
    """What changes more than one table. Each ticket has what refers to it."""

    def __init__(self, dana):
        super().__init__(dana)
        self.kim = factories.member(factories.organization(), name="Kim Otto")
        settings = PortalSettings.for_site(self.ticket.site)
        settings.customers_share = True
        settings.save()
        closed = Status.objects.first_of(State.CLOSED)
        self.closed = factories.ticket(dana, status=closed)
        old = timezone.now() - timedelta(days=1000)
        Ticket.objects.filter(pk=self.closed.pk).update(closed_at=old)
        PortalSettings.objects.update(anonymize_months=1)
        # Kim is in both organizations.
        factories.member(dana.organization, self.kim.email)
        for ticket in (self.ticket, self.closed, factories.ticket(self.kim)):
            received(ticket, ticket.requester)
            PendingRequest.objects.create(
                site=ticket.site, address=ticket.requester.email, ticket=ticket
            )
            PendingRequest.objects.create(site=ticket.site, data={"text": [ticket.requester.email]})
            Notification.objects.create(
                event="reply_added", recipient=self.dana.user, site=ticket.site, ticket=ticket
            )
        rows = [(1, {"email": dana.email})]
        CustomerImport.objects.create(
            user=factories.staff(), kind="members", rows=rows, total=len(rows)
        )
        by = Actor.for_member(dana)
        self.closed.refresh_from_db()
        self.guest = actions.share_ticket(self.ticket, by=by, email="guest@else.example")

    def anonymize_ticket(self, by):
        actions.anonymize_ticket(self.closed, by=by)

    def anonymize_by_retention(self, by):
        actions.apply_retention(most=10)
        assert Ticket.objects.get(pk=self.closed.pk).anonymized_at

    def merge_people(self, by):
        roles = {self.organization.pk: self.dana.role}
        actions.merge_people(self.kim, into=self.dana, by=by, roles=roles)

    def merge_organizations(self, by):
        actions.merge_organizations(self.kim.organization, into=self.organization, by=by)

    def move_ticket(self, by):
        actions.move_ticket(self.ticket, by=by, requester=self.kim)

    def accept_email(self, by):
        actions.accept_email(ReceivedEmail.objects.get(ticket=self.ticket), by=by)

    def process_email(self, by):
        row = received(self.second, self.dana, ReceivedState.WAITING)
        assert actions.process_email(row.pk)
        assert ReceivedEmail.objects.get(pk=row.pk).state == ReceivedState.ADDED

    def create_member(self, by):
        actions.create_member(self.organization, by=by, email=self.guest.email)

    def approve_join_request(self, by):
        jo = factories.member(factories.organization(), self.guest.email)
        request = JoinRequest.objects.create(user=jo.user, organization=self.organization)
        actions.approve_join_request(request, by=by)

    def record_sign_in(self, by):
        user = factories.member(factories.organization(), self.guest.email).user
        for organization in (self.organization, self.kim.organization):
            actions.invite_member(organization, by=by, email=self.guest.email)
        actions.record_sign_in(user, email=self.guest.email, site=self.ticket.site)
        assert Member.objects.filter(user=user).count() == 3

    def own_organization(self, by):
        visitor = actions.save_visitor("visitor@else.example")
        PortalSettings.objects.update(strangers_may_join=True)
        actions.record_sign_in(visitor.user, email=visitor.email, site=self.ticket.site)
        assert Member.objects.filter(user=visitor.user).count() == 2

    def revoke_access(self, by):
        actions.revoke_access(self.dana, by=by)

    def unshare_ticket(self, by):
        actions.unshare_ticket(self.guest, by=by)

    def bulk_change(self, by):
        run = actions.begin_bulk_change(by=by, verb="close", tickets=[self.ticket.pk])
        assert actions.continue_bulk_change(run).done == 1

    def erase_in_the_background(self, by):
        erasure = actions.begin_erasure(self.dana, by=by, remove_texts=True)
        assert actions.continue_erasure(erasure).done == 1

    def import_members(self, by):
        given = {"organization": self.organization.pk, "role": None, "name": ""}
        rows = [
            (1, {**given, "email": self.guest.email}),
            (2, {**given, "email": "jo@acme.example"}),
        ]
        run = actions.begin_import(by=by, kind="members", rows=rows)
        assert actions.continue_import(run).done == 2


@pytest.mark.parametrize("name", [name for name in dir(People) if not name.startswith("_")])
def test_agents_actions_lock_in_one_order(acme, incoming, name, monkeypatch):
    desk = People(factories.member(acme, role=Role.ADMIN, name="Dana Reyes"))
    by = Actor.for_agent(factories.staff("Support managers"))
    with in_order(monkeypatch):
        getattr(desk, name)(by)


@pytest.mark.parametrize("name", names(Portal))
def test_customers_actions_lock_in_one_order(acme, name, monkeypatch):
    admin = factories.member(acme, role=Role.ADMIN)
    portal = Portal(admin)
    with in_order(monkeypatch):
        getattr(portal, name)(Actor.for_member(admin))
