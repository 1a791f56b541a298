"""Where a ticket field is used."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext, ngettext
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.models import ReferenceIndex

from wagtail_portal.fields.stored import ContainsAny
from wagtail_portal.models import DesignatedField, PortalSettings, Ticket, TicketField

#: Beyond this, the number doesn't matter.
TICKETS_COUNTED = 100
FORMS_SHOWN = 20


@dataclass(frozen=True)
class Uses:
    """Forms and portal settings as ``{"title", "url"}``, without a URL if the user can't edit
    them."""

    forms: list[dict]
    portals: list[dict]
    tickets: int

    @property
    def tickets_shown(self) -> str:
        """The number of tickets, with a plus sign beyond what was counted."""
        return f"{TICKETS_COUNTED}+" if self.tickets > TICKETS_COUNTED else str(self.tickets)


def is_in_use(field: TicketField) -> bool:
    """Return whether a ticket has a value of the field."""
    return _tickets(field).exists()


def find_usage(field: TicketField, user) -> Uses:
    """Return where the field is used, with the URLs that ``user`` can open."""
    finder = AdminURLFinder(user)
    forms = [
        {"title": str(found), "url": finder.get_edit_url(found)}
        for found, _references in ReferenceIndex.get_grouped_references_to(field)[:FORMS_SHOWN]
    ]
    may_change = user.has_perm("wagtail_portal.change_portalsettings")
    rows = DesignatedField.objects.filter(ticket_field=field).select_related("settings__site")
    sites = {row.settings.site for row in rows}
    meta = PortalSettings._meta
    portals = [
        {
            "title": str(site),
            "url": reverse("wagtailsettings:edit", args=[meta.app_label, meta.model_name, site.pk])
            if may_change
            else None,
        }
        for site in sites
    ]
    return Uses(forms, portals, _tickets(field)[: TICKETS_COUNTED + 1].count())


def places_of_choice(field: TicketField, key: str) -> list[str]:
    """Return where a choice is used: the titles of forms that ask for the field or preset it, and
    how many tickets have the choice."""
    grouped = ReferenceIndex.get_grouped_references_to(field)
    forms = [row for row, _references in grouped[:FORMS_SHOWN]]
    places = [gettext("the form “%(form)s”") % {"form": form} for form in forms]
    tickets = Ticket.objects.filter(ContainsAny(field.key, [key])).order_by()
    if number := tickets[: TICKETS_COUNTED + 1].count():
        shown = f"{TICKETS_COUNTED}+" if number > TICKETS_COUNTED else number
        text = ngettext("%(number)s ticket", "%(number)s tickets", number)
        places.append(text % {"number": shown})
    return places


def sites_listing(field: TicketField) -> list[str]:
    """Return the sites where customers see the field in their ticket list."""
    rows = DesignatedField.objects.filter(ticket_field=field, in_list=True)
    return [str(row.settings.site) for row in rows.select_related("settings__site")]


def _tickets(field: TicketField):
    return Ticket.objects.filter(values__has_key=field.key).order_by()
