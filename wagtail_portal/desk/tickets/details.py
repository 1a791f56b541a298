"""The details of a ticket and the related tickets, shown beside the conversation."""

from typing import Any

from django.contrib.admin.utils import quote
from django.db.models import F, Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from wagtail.permission_policies.pages import PagePermissionPolicy

from wagtail_portal.desk.failing_addresses import failing_notes
from wagtail_portal.fields import FormContext, get_field_type
from wagtail_portal.fields.form import answer_html
from wagtail_portal.models import Channel, LinkKind, Member, PortalSettings, Ticket, TicketLink
from wagtail_portal.permissions import has_access, tickets_for_team
from wagtail_portal.utils.expressions import OneOf, Rows
from wagtail_portal.utils.humanize import exact_day

from .urls import desk_url

LINKS_SHOWN = 20
BESIDE_SHOWN = 5


def details(ticket: Ticket, user, *, with_urgency: bool, failing: list[Any]) -> list[dict]:
    """Return the label and value of each detail that has no form of its own.

    :param failing: what :func:`.people.people_of` returns.
    """
    requester = ticket.requester
    returned = [row.email for row in failing if row.failing is not None]
    rows = [
        (gettext("Requester"), _link(requester, requester.name, user)),
        (gettext("Email address"), requester.email),
        (gettext("Email delivery"), " ".join(failing_notes(returned)) if returned else ""),
        (gettext("Member since"), exact_day(requester.joined_at)),
        (gettext("Organization"), _link(ticket.organization, ticket.organization.name, user)),
        (gettext("Access"), _access(ticket)),
        (gettext("Urgency"), ticket.get_urgency_display() if with_urgency else ""),
        (gettext("Site"), str(ticket.site) if PortalSettings.several_sites() else ""),
        (gettext("Form"), _page_link(ticket.form, user, ticket.form_title) or ticket.form_title),
        (gettext("Sent from page"), _page_link(ticket.source_page, user)),
        (gettext("Channel"), ticket.get_channel_display()),
        (gettext("Visible to"), gettext("Requester and followers only") if ticket.private else ""),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]


def _page_link(page, user, title: str = ""):
    """Return a link to a page of the site: where customers see it, or in the editor for those who
    can edit it.

    :param title: its title at that time.
    """
    if page is None:
        return ""
    title, url = title or page.title, page.get_url() if page.live else ""
    # Without asking for the page's workflow, which takes a query.
    if PagePermissionPolicy().user_has_permission_for_instance(user, "change", page):
        url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    return format_html('<a href="{}">{}</a>', url, title) if url else title


def _access(ticket: Ticket) -> str:
    """Return what agents need to know before they reply to a visitor."""
    if not ticket.organization.is_for_visitors:
        return ""
    if ticket.channel == Channel.MAIL:
        return gettext("No access to the portal. Replies and their files are sent by email.")
    return gettext(
        "Email address verified with a code; no access to the portal. Replies and their files "
        "are sent by email."
    )


def reply_audience(ticket: Ticket, followers: list[Member]) -> str:
    """Return who can see a reply: ``"everyone"`` who takes part, only ``"followers"``, because the
    requester has no access, or ``"nobody"``."""
    if ticket.organization.is_for_visitors or has_access(ticket.requester):
        return "everyone"
    return "followers" if any(map(has_access, followers)) else "nobody"


def _link(found, label: str, user):
    """Return a link to a member or an organization, or only the label if the user can't see it."""
    model = found._meta.model_name
    if not user.has_perm(f"wagtail_portal.view_{model}"):
        return label
    url = reverse(f"wagtailsnippets_wagtail_portal_{model}:inspect", args=[quote(found.pk)])
    return format_html('<a href="{}">{}</a>', url, label)


def linked(ticket: Ticket, user) -> list[dict]:
    """Return the related tickets: what each one is to this ticket, its URL, and whether the link
    can be removed."""
    # Looked up by primary key, because joining the links would scan all tickets.
    links = TicketLink.objects.filter(Q(ticket=ticket) | Q(target=ticket))
    kinds: dict = {}
    back: dict = {}
    for link in links[: LINKS_SHOWN * 2]:
        kept = kinds if link.ticket_id == ticket.pk else back
        kept[link.target_id if link.ticket_id == ticket.pk else link.ticket_id] = link.kind
    known = {ticket.follow_up_to_id, ticket.merged_into_id, *kinds, *back} - {None}
    found = (
        tickets_for_team(user)
        .filter(Q(pk__in=known) | Q(follow_up_to=ticket) | Q(merged_into=ticket))
        .order_by("pk")
        .only("number", "subject", "follow_up_to", "merged_into")
    )
    return [
        {
            "pk": row.pk,
            "label": label % {"ticket": row},
            "url": desk_url("edit", row.pk),
            "can_unlink": can_unlink,
        }
        for row in found[:LINKS_SHOWN]
        for label, can_unlink in _relations(ticket, row, kinds.get(row.pk), back.get(row.pk))
    ]


def _relations(ticket, other, kind, kind_back) -> list[tuple[str, bool]]:
    """Return what ``other`` is to the ticket, and whether that link can be removed."""
    duplicate = LinkKind.DUPLICATE
    is_related = LinkKind.RELATED in (kind, kind_back)
    rows = [
        (other.pk == ticket.merged_into_id, gettext("Merged into %(ticket)s"), False),
        (other.merged_into_id == ticket.pk, gettext("Merged from %(ticket)s"), False),
        (other.pk == ticket.follow_up_to_id, gettext("Follow-up to %(ticket)s"), True),
        (other.follow_up_to_id == ticket.pk, gettext("Continued in %(ticket)s"), True),
        (kind == duplicate, gettext("Duplicate of %(ticket)s"), True),
        (kind_back == duplicate, gettext("Duplicated by %(ticket)s"), True),
        (is_related, gettext("Related to %(ticket)s"), True),
    ]
    return [(label, can_unlink) for holds, label, can_unlink in rows if holds]


def answers(ticket: Ticket, context: FormContext) -> list[dict]:
    """Return the answers that were submitted, with the labels that the questions had then."""
    return [
        {"label": row.get("label", ""), "value": answer_html(row, context)}
        for row in ticket.answers
    ]


def field_values(ticket: Ticket, specs: dict) -> list[dict]:
    """Return the values of the ticket fields, for agents who can't change them."""
    return [
        {"label": spec.label, "value": get_field_type(spec.type).html(ticket.values[key], spec)}
        for key, spec in specs.items()
        if ticket.values.get(key) is not None
    ]


def other_tickets(ticket: Ticket, user) -> list[tuple[str, list[dict], str]]:
    """Return the requester's and the organization's other tickets: a heading, the rows, and the
    URL of the whole list. One query."""
    others = tickets_for_team(user).exclude(pk=ticket.pk).order_by("-updated_at", "-pk")
    of_requester = others.filter(requester=ticket.requester_id)
    of_others = others.open().exclude(requester=ticket.requester_id)
    of_others = of_others.filter(organization=ticket.organization_id)
    chosen = Q()
    for tickets in (of_requester, of_others):
        chosen |= Q(OneOf(F("pk"), Rows(tickets.values("pk")[:BESIDE_SHOWN])))
    found: dict[bool, list[dict]] = {True: [], False: []}
    rows = Ticket.objects.filter(chosen).select_related("status")
    rows = rows.only("number", "subject", "status", "requester")
    for row in rows.order_by("-updated_at", "-pk"):
        is_own = row.requester_id == ticket.requester_id
        found[is_own].append({"ticket": row, "url": desk_url("edit", row.pk)})
    list_url = desk_url("list")
    return [
        (
            gettext("More from this requester"),
            found[True],
            f"{list_url}?requester={ticket.requester_id}",
        ),
        (
            gettext("The organization’s open tickets"),
            found[False],
            f"{list_url}?organization={ticket.organization_id}",
        ),
    ]
