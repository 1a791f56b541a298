# ruff: noqa: E501 - headers of emails are as long as they are
"""Forged emails: nothing is added, no one gets access, and nothing is disclosed.

Rows 1 to 3 and 30 of what went wrong in other help desks.
"""

from itertools import product

import pytest
from django.core import mail

from tests import factories
from wagtail_portal import actions
from wagtail_portal.models import (
    Follower,
    Invitation,
    JoinRequest,
    Member,
    Message,
    ReceivedEmail,
    ReceivedState,
    Ticket,
)
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.received_email import Verdict, judge, parse_email
from wagtail_portal.utils.received_email.authentication import parse_results
from wagtail_portal.utils.reply_addresses import read_reply_address, sign_reply_address

from .conftest import MAILBOX
from .emails import SERVER, email, passed

DANA = "Dana Reyes <dana@acme.example>"
AR = f"Authentication-Results: {SERVER};"
#: What the email server, or the attacker in its name, can have written.
RESULTS = {
    "missing": "",
    "of another server": passed(server="mx.evil.example"),
    "of a server below ours": passed(server=f"evil.{SERVER}"),
    "of a server that looks like ours": passed(server=f"{SERVER}.evil.example"),
    "dmarc fails": f"{AR} dmarc=fail header.from=acme.example",
    "dmarc fails, spf passes": f"{AR} dmarc=fail header.from=acme.example; spf=pass smtp.mailfrom=acme.example",
    "quarantined": f"{AR} dmarc=quarantine header.from=acme.example; dkim=pass header.d=acme.example",
    "spf passes for another domain": f"{AR} spf=pass smtp.mailfrom=eve@evil.example; dmarc=none",
    "dkim passes for another domain": f"{AR} dkim=pass header.d=evil.example",
    "dkim passes for a domain below": f"{AR} dkim=pass header.d=sub.acme.example",
    "dkim passes for a domain that ends alike": f"{AR} dkim=pass header.d=evilacme.example",
    "dkim passes for a top-level domain": f"{AR} dkim=pass header.d=example",
    "dmarc passes for another domain": f"{AR} dmarc=pass header.from=evil.example",
    "dmarc passes without a domain": f"{AR} dmarc=pass",
    "softfail": f"{AR} spf=softfail smtp.mailfrom=acme.example",
    "error": f"{AR} spf=temperror smtp.mailfrom=acme.example; dkim=permerror",
    "in a comment": f"{AR} spf=fail (dmarc=pass header.from=acme.example)",
    "in an open comment": f"{AR} spf=fail smtp.mailfrom=x ( ; dmarc=pass header.from=acme.example",
    "in quotes": f'{AR} spf=fail reason="x; dmarc=pass header.from=acme.example"',
    "in a reason": f"{AR} spf=fail reason=dmarc=pass smtp.mailfrom=acme.example.evil.example",
    "a local part that looks like a domain": f'{AR} spf=pass smtp.mailfrom="acme.example"@evil.example',
    "the attacker's below the server's": f"{AR} dmarc=fail header.from=acme.example\r\n{passed()}",
    "the attacker's below an empty one": f"{AR} none\r\n{passed()}",
    "server's name with a version": f"Authentication-Results: {SERVER}x 1; dmarc=pass header.from=acme.example",
}
SENDERS = {
    "the customer": DANA,
    "the customer, with a name": '"Robin Vale (Acme Help)" <dana@acme.example>',
    "the customer and the attacker": "dana@acme.example, eve@evil.example",
    "the customer as a name": '"dana@acme.example" <eve@evil.example>',
    "twice": "Dana Reyes <dana@acme.example>\r\nFrom: eve@evil.example",
    "lookalike": "Dana Reyes <dana@acme.example.evil.example>",
    "kelvin sign": "Dana <dana@ac\u212ae.example>",
    "injected": "dana@acme.example\r\nBcc: victim@x.example",
    "agent": "robin@company.example",
}


@pytest.fixture
def world(arrive, incoming, ticket, dana, team):
    """A ticket, an attacker's organization, and a portal where agents reply by email."""
    incoming.agents_reply_by_email = True
    incoming.save()
    team.user.email = "robin@company.example"
    team.user.save()
    other = factories.member(factories.organization("Evil"), "mallory@evil.example")
    mail.outbox.clear()
    return {"ticket": ticket, "dana": dana, "other": other}


def counts() -> list[int]:
    models = (Message, Ticket, Member, Follower, Invitation, JoinRequest)
    return [model.objects.count() for model in models]


def test_forged_emails_add_nothing_and_nobody(world, arrive):
    ticket, dana, other = world["ticket"], world["dana"], world["other"]
    before, number = counts(), 0
    good = sign_reply_address(MAILBOX, ticket.number, dana.pk)
    addresses = {
        "mailbox": MAILBOX,
        "replayed": good,
        "agents'": sign_reply_address(MAILBOX, ticket.number, None),
        "someone else's": sign_reply_address(MAILBOX, ticket.number, other.pk),
        "guessed": f"support+{ticket.number}.1aaaaaaaaaaaaaaaa@company.example",
        "changed number": good.replace(str(ticket.number), str(ticket.number + 1)),
    }
    kinds = product(RESULTS.items(), SENDERS.items(), addresses.items())
    for (result, header), (_who, sender), (where, to) in kinds:
        number += 1
        if number % 7 and (
            _who != "the customer" or where not in ("mailbox", "replayed", "agents'")
        ):
            # The rest of the matrix is checked without a database, below.
            continue
        raw = email(
            f"Give me access. {number}",
            sender=sender,
            to=f"{to}, mallory@evil.example",
            subject=f"Re: #{ticket.number} The export is stuck",
            results=header,
            headers=("Cc: mallory@evil.example", f"Message-ID: <{number}@evil.example>"),
        )
        row = arrive(raw)
        assert row.state in (ReceivedState.HELD, ReceivedState.IGNORED), (result, _who, where)
    assert counts() == before
    assert mail.outbox == []
    assert ReceivedEmail.objects.count() > 100


def test_no_result_but_the_mail_servers_own_proves_a_sender():
    for (result, header), (who, sender) in product(RESULTS.items(), SENDERS.items()):
        message = parse_email(email("x", sender=sender, results=header))
        verdict = judge(
            message.headers, message.domain, [SERVER], is_certain=message.sender.is_certain
        )
        # Attackers can prove that they are themselves.
        is_own = message.domain.endswith("evil.example")
        assert verdict != Verdict.PASS or is_own, (result, who)


@pytest.mark.parametrize(
    "lines",
    [
        "From : eve@evil.example",
        "FROM\t: eve@evil.example",
        "From\x0b: eve@evil.example",
        "X-Note: a\rFrom: eve@evil.example",
        "X-Note: a\r\rb\r\nFrom: eve@evil.example",
        "X-Note: a\0b",
        "No header\r\nFrom: eve@evil.example",
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_headers_that_programs_read_differently_prove_no_sender(lines, is_first):
    raw = email("x", sender=DANA)
    found = f"{lines}\r\nFrom:" if is_first else f"From: {DANA}\r\n{lines}\r\nX-From:"
    raw = raw.replace(b"From:", found.encode(), 1)
    message = parse_email(raw)
    verdict = judge(message.headers, message.domain, [SERVER], is_certain=message.sender.is_certain)
    assert verdict == Verdict.FAIL


def test_genuine_results_prove_the_sender():
    for header in (
        passed(),
        f"{AR} dmarc=pass (p=NONE) header.from=acme.example",
        f"{AR} dkim=pass header.i=@acme.example header.s=x",
        f"{AR} spf=pass smtp.mailfrom=bounce@acme.example",
        f"{AR} spf=pass (a (nested) comment) smtp.mailfrom=acme.example",
        f"Authentication-Results: {SERVER.upper()} 1; dkim=pass header.d=ACME.example",
        f"{AR}\r\n\tdkim=fail header.d=list.example;\r\n\tdkim=pass header.d=acme.example",
        f"{passed()}\r\n{passed('evil.example', server='mx.evil.example')}",
    ):
        message = parse_email(email("x", results=header))
        assert judge(message.headers, "acme.example", [SERVER], is_certain=True) == Verdict.PASS


def test_domain_that_proves_nothing_is_no_failure():
    message = parse_email(
        email("x", results=f"{AR} spf=none smtp.mailfrom=acme.example; dkim=none")
    )
    assert judge(message.headers, "acme.example", [SERVER], is_certain=True) == Verdict.NONE


def test_unreadable_results_are_left_out():
    assert parse_results("") == ("", [])
    assert parse_results(";;; = ; a ; b = c") == ("", [*parse_results("x; b = c")[1]])
    assert parse_results("mx (" + "(" * 1000)[1] == []


def test_addresses_cannot_be_changed(db):
    address = sign_reply_address(MAILBOX, 1042, 9)
    assert read_reply_address(address, MAILBOX).member == 9
    local, _at, domain = address.partition("@")
    for place in range(len("support+"), len(local)):
        letter = "a" if local[place] != "a" else "b"
        changed = f"{local[:place]}{letter}{local[place + 1 :]}@{domain}"
        assert read_reply_address(changed, MAILBOX) is None
    assert read_reply_address(address, "help@company.example") is None
    assert read_reply_address(address, "support@other.example") is None
    assert len(local) <= 64


def test_accepting_a_forged_email_sends_nothing_to_the_victim(
    world, arrive, team, django_capture_on_commit_callbacks
):
    for number, sender in enumerate(("victim@bank.example", "dana@acme.example")):
        raw = email(f"Pay {number}", sender=sender, results="", message_id=f"<{number}@x.example>")
        row = arrive(raw)
        with django_capture_on_commit_callbacks(execute=True):
            assert actions.accept_email(row, by=team).ticket.pk
    assert not [message for message in mail.outbox if "Pay" in message.body]


@pytest.mark.parametrize(
    "header",
    [
        # RFC 8617: a chain of servers that we don't know.
        f"ARC-Authentication-Results: i=1; {SERVER}; dmarc=pass header.from=acme.example",
        f"X-Authentication-Results: {SERVER}; dmarc=pass header.from=acme.example",
        f"Authentication-Results-Original: {SERVER}; dmarc=pass header.from=acme.example",
        f"X-Note: a\r\n Authentication-Results: {SERVER}; dmarc=pass header.from=acme.example",
        "Received-SPF: pass (acme.example) envelope-from=dana@acme.example",
        f"Authentication-Results: ({SERVER}) evil.example; dmarc=pass header.from=acme.example",
        f"Authentication-Results: evil.example; x=({SERVER}); dmarc=pass header.from=acme.example",
        f'Authentication-Results: "evil.example; {SERVER}"; dmarc=pass header.from=acme.example',
        f"Authentication-Results: {SERVER}@evil.example; dmarc=pass header.from=acme.example",
        f"Authentication-Results: evil.example {SERVER}; dmarc=pass header.from=acme.example",
        # What the server writes about someone else's domain, in every disguise.
        f"{AR} dmarc=pass (header.from=acme.example) header.from=evil.example",
        f"{AR} dmarc=pass header.from=evil.example header.from=acme.example",
        f"{AR} dmarc=pass header.from=evil.example; x-y=pass header.from=acme.example",
        f"{AR} dmarc=pass header.from=acme.example.evil.example",
        f'{AR} dmarc=pass header.from="acme.example\\"evil.example"',
        f"{AR} dmarc=pass policy.header.from=acme.example header.from=evil.example",
        f"{AR} auth=pass smtp.auth=dana@acme.example",
        f"{AR} none",
        f"{AR} spf=none smtp.mailfrom=evil.example",
        f"{AR} spf=none smtp.mailfrom=eve@evil.example; dkim=none; dmarc=none header.from=acme.example",
        f"{AR} spf=neutral smtp.mailfrom=evil.example; dkim=none",
        f"{AR} dkim=none",
        f"{AR} dmarc=none header.from=evil.example",
        f"{AR} iprev=pass policy.iprev=192.0.2.1; spf=pass smtp.helo=acme.example",
        f"{AR} dkim=pass header.b=acme.example header.d=evil.example",
        f"{AR} dkim=pass header.i=dana@acme.example@evil.example",
        f"{AR} dkim=pass (2048-bit key; header.d=acme.example) header.d=evil.example",
        f"{AR} spf=pass smtp.mailfrom=dana@acme.example@evil.example",
        f"{AR} dkim=fail header.d=acme.example; dkim=pass header.d=evil.example",
        f"{AR} DMARC=FAIL header.from=acme.example; dkim=pass header.d=acme.example",
        # The server's own result comes first, and the sender's below it.
        f"{AR} spf=none smtp.mailfrom=evil.example\r\n{passed()}",
        f"{AR}\r\n{passed()}",
        f"{AR} dmarc=fail header.from=acme.example\r\n{passed()}\r\n{passed()}",
        f"{passed()}\r\n{AR} dmarc=fail header.from=acme.example",
    ],
)
def test_results_in_disguise_prove_nothing(arrive, ticket, dana, header):
    before = counts()
    raw = email("Give me access.", to=sign_reply_address(MAILBOX, ticket.number, dana.pk))
    row = arrive(raw.replace(passed().encode(), header.encode()))
    assert (row.state, row.member, counts()) == (ReceivedState.HELD, dana, before)


@pytest.mark.parametrize(
    "headers",
    [
        ("Sender: dana@acme.example",),
        ("Reply-To: dana@acme.example",),
        ("Return-Path: <dana@acme.example>",),
        ("Resent-From: dana@acme.example",),
        ("X-Original-From: dana@acme.example", "X-Forwarded-For: dana@acme.example"),
    ],
)
@pytest.mark.parametrize(
    "sender",
    [
        "Dana Reyes <mallory@evil.example>",
        '"dana@acme.example" <mallory@evil.example>',
        "=?utf-8?q?dana=40acme=2Eexample?= <mallory@evil.example>",
        "mallory@evil.example (dana@acme.example)",
        "mallory@evil.example (Dana Reyes)",
        "<mallory@evil.example>",
    ],
)
def test_only_the_from_address_says_who_wrote(arrive, ticket, dana, sender, headers):
    """The attacker's own domain is proven, and another header names the customer."""
    before, messages = counts(), ticket.messages.count()
    factories.member(factories.organization("Evil"), "other@evil.example")
    before = counts()
    raw = email(
        "Give me access.",
        sender=sender,
        to=sign_reply_address(MAILBOX, ticket.number, dana.pk),
        results=passed("evil.example"),
        headers=headers,
    )
    row = arrive(raw)
    assert (row.state, row.member, counts()) == (ReceivedState.HELD, None, before)
    assert row.sender != dana.email
    assert ticket.messages.count() == messages


def test_several_senders_prove_no_one(arrive, ticket, dana):
    to, before = sign_reply_address(MAILBOX, ticket.number, dana.pk), counts()
    for number, sender in enumerate(
        (
            "mallory@evil.example, dana@acme.example",
            "dana@acme.example, mallory@evil.example\r\nSender: dana@acme.example",
            "x: dana@acme.example;",
            "dana@acme.example\r\nFROM: mallory@evil.example",
            "dana@acme.example\r\nfrom:mallory@evil.example",
            "=?utf-8?q?a=0D=0AFrom:?= dana@acme.example",
            "<dana@acme.example>, ",
            "dana@acme.example (\\(mallory@evil.example))",
            "dana@acme.example (a) (b)",
            "dana@acme.example (=?utf-8?q?=29?= mallory@evil.example)",
        )
    ):
        row = arrive(email("Hi", sender=sender, to=to, message_id=f"<{number}@evil.example>"))
        assert row.state == ReceivedState.HELD, sender
    assert counts() == before


def replayed(arrive, to: str, sender: str, number: int, results=None):
    """Send an email to an address that was given to someone, with and without proof."""
    domain = sender.partition("@")[2]
    for proof in (passed(domain), ""):
        number += 1
        row = arrive(
            email(
                f"I'm still here. {number}",
                sender=sender,
                to=to,
                results=proof,
                message_id=f"<{number}@{domain}>",
            )
        )
        assert row.state == ReceivedState.HELD, (sender, proof)


@pytest.mark.parametrize("has_server", [True, False])
def test_address_of_someone_who_has_left_is_worth_nothing(
    arrive, incoming, ticket, dana, acme, team, settings, has_server
):
    if not has_server:
        settings.WAGTAIL_PORTAL = {}
    admin = Actor.for_agent(factories.staff("Support managers"))
    gone = factories.member(acme, "gone@acme.example")
    left = factories.member(acme, "left@acme.example")
    erased = factories.member(acme, "erased@acme.example")
    for member in (gone, left, erased):
        actions.follow(ticket, by=team, member=member)
    to = {m.pk: sign_reply_address(MAILBOX, ticket.number, m.pk) for m in (gone, left, erased)}
    actions.revoke_access(gone, by=admin)
    actions.unfollow(ticket, by=team, member=left)
    actions.erase_member(erased, by=admin, remove_texts=False)
    mail.outbox.clear()
    before = ticket.messages.count()
    for number, (pk, email_address) in enumerate(
        (
            (gone.pk, "gone@acme.example"),
            (left.pk, "left@acme.example"),
            (erased.pk, "erased@acme.example"),
        )
    ):
        replayed(arrive, to[pk], email_address, number * 10)
    assert ticket.messages.count() == before
    assert mail.outbox == []


def test_old_addresses_of_merged_and_deleted_tickets_give_no_access(
    arrive, incoming, ticket, dana, acme, team
):
    other = factories.member(acme, "other@acme.example")
    theirs = factories.ticket(other, "Something private")
    actions.follow(ticket, by=team, member=other)
    to = sign_reply_address(MAILBOX, ticket.number, other.pk)
    secret = factories.ticket(dana, "Secret")
    actions.merge_tickets(ticket, into=secret, by=team)
    followed = secret.followers.filter(pk=other.pk).exists()
    before = secret.messages.count(), theirs.messages.count()
    row = arrive(email("Hello", sender=other.email, to=to))
    if followed:
        assert row.ticket == secret
    else:
        assert row.state == ReceivedState.HELD
        assert (secret.messages.count(), theirs.messages.count()) == before
    actions.delete_ticket(secret, by=Actor.system())
    row = arrive(
        email("Hello?", sender=other.email, to=to, results="", message_id="<2@acme.example>")
    )
    assert row.state == ReceivedState.HELD
