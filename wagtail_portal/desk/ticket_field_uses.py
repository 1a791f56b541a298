"""Where a ticket field is used."""

from collections import defaultdict
from dataclasses import dataclass

from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext_lazy
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.models import ReferenceIndex

from wagtail_portal.fields.stored import ContainsAny
from wagtail_portal.models import DesignatedField, PortalSettings, Ticket, TicketField
from wagtail_portal.portal_urls import form_pages
from wagtail_portal.utils.humanize import comma_list

#: Beyond this, the number doesn't matter.
TICKETS_COUNTED = 100
#: Where customers see a field, by the attribute of its designation.
PLACES = {
    "in_list": pgettext_lazy("shown in", "list"),
    "on_ticket": pgettext_lazy("shown in", "ticket"),
    "as_filter": pgettext_lazy("shown in", "filter"),
}
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


def add_places(fields) -> None:
    """Tell each field in which forms it's asked, as ``asked_in``, and where customers see it, as
    ``shown_in``, with a constant number of queries."""
    by_pk = {field.pk: field for field in fields}
    for field in fields:
        field.asked_in, field.shown_in = "", gettext("Team only")
    content_type = ContentType.objects.get_for_model(TicketField)
    references = ReferenceIndex.objects.filter(
        to_content_type=content_type, to_object_id__in=[str(pk) for pk in by_pk]
    )
    rows = set(references.values_list("to_object_id", "object_id"))
    forms = {str(form.pk): form.title for form in form_pages()}
    for pk, field in by_pk.items():
        titles = sorted(forms[form] for found, form in rows if found == str(pk) and form in forms)
        field.asked_in = comma_list(titles)
    shown: defaultdict = defaultdict(dict)
    for row in DesignatedField.objects.filter(ticket_field__in=by_pk):
        for use, label in PLACES.items():
            if getattr(row, use):
                shown[row.ticket_field_id][use] = str(label)
    for pk, found in shown.items():
        by_pk[pk].shown_in = comma_list(found[use] for use in PLACES if use in found)


def places_of_choice(field: TicketField, key: str) -> list[str]:
    """Return where a choice is used: the titles of forms that ask for the field or preset it, and
    how many tickets have the choice."""
    grouped = ReferenceIndex.get_grouped_references_to(field)
    forms = [row for row, _references in grouped[:FORMS_SHOWN]]
    places = [gettext("the form “%(form)s”") % {"form": form} for form in forms]
    if number := tickets_with(field, [key])[: TICKETS_COUNTED + 1].count():
        shown = f"{TICKETS_COUNTED}+" if number > TICKETS_COUNTED else number
        text = ngettext("%(number)s ticket", "%(number)s tickets", number)
        places.append(text % {"number": shown})
    return places


def tickets_with(field: TicketField, keys: list[str]):
    """Return the tickets that have one of these choices."""
    return Ticket.objects.filter(ContainsAny(field.key, keys)).order_by()


def sites_listing(field: TicketField) -> list[str]:
    """Return the sites where customers see the field in their ticket list."""
    rows = DesignatedField.objects.filter(ticket_field=field, in_list=True)
    return [str(row.settings.site) for row in rows.select_related("settings__site")]


def _tickets(field: TicketField):
    return Ticket.objects.filter(values__has_key=field.key).order_by()
