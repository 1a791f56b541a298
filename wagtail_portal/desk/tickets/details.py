"""The details of a ticket and the related tickets, shown beside the conversation."""

from django.contrib.admin.utils import quote
from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext

from wagtail_portal.fields import FormContext, get_field_type
from wagtail_portal.fields.form import answer_html
from wagtail_portal.models import LinkKind, Member, Ticket, TicketLink
from wagtail_portal.permissions import has_access, tickets_for_team

from .urls import desk_url

LINKS_SHOWN = 20
BESIDE_SHOWN = 5


def details(ticket: Ticket, user, *, with_urgency: bool) -> list[dict]:
    """Return the label and value of each detail that has no form of its own."""
    requester = ticket.requester
    rows = [
        (gettext("Requester"), _link(requester, requester.name, user)),
        (gettext("Email address"), requester.email),
        (gettext("Member since"), date_format(requester.joined_at, "SHORT_DATE_FORMAT")),
        (gettext("Organization"), _link(ticket.organization, ticket.organization.name, user)),
        (gettext("Access"), _access(ticket)),
        (gettext("Urgency"), ticket.get_urgency_display() if with_urgency else ""),
        (gettext("Form"), _page_link(ticket.form, ticket.form_title) or ticket.form_title),
        (gettext("Sent from page"), _page_link(ticket.source_page)),
        (gettext("Channel"), ticket.get_channel_display()),
        (gettext("Visible to"), gettext("Requester and followers only") if ticket.private else ""),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]


def _page_link(page, title: str = ""):
    """Return a link to a page of the site, where customers see it.

    :param title: its title at that time.
    """
    if page is None:
        return ""
    title, url = title or page.title, page.get_url() if page.live else ""
    return format_html('<a href="{}">{}</a>', url, title) if url else title


def _access(ticket: Ticket) -> str:
    """Return what agents need to know before they reply to a visitor."""
    if not ticket.organization.is_for_visitors:
        return ""
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
    kinds, back = {}, {}
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
    URL of the whole list."""
    others = (
        tickets_for_team(user)
        .exclude(pk=ticket.pk)
        .select_related("status")
        .only("number", "subject", "status")
        .order_by("-updated_at", "-pk")
    )
    of_requester = others.filter(requester=ticket.requester_id)
    of_others = others.open().exclude(requester=ticket.requester_id)
    found = [
        (gettext("More from this requester"), of_requester, f"requester={ticket.requester_id}"),
        (
            gettext("The organization’s open tickets"),
            of_others.filter(organization=ticket.organization_id),
            f"organization={ticket.organization_id}",
        ),
    ]
    list_url = desk_url("list")
    return [(heading, _rows(tickets), f"{list_url}?{query}") for heading, tickets, query in found]


def _rows(tickets) -> list[dict]:
    return [{"ticket": row, "url": desk_url("edit", row.pk)} for row in tickets[:BESIDE_SHOWN]]
