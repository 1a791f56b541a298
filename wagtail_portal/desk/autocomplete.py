"""Choose members, organizations, agents and forms by typing, because there can be thousands.

What was chosen is shown as checkboxes, so it can be removed, and the form is sent as usual. A
script adds the field that searches.
"""

from typing import Any, cast

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, JsonResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views import View
from wagtail.admin.utils import get_user_display_name

from wagtail_portal.models import Member, Organization
from wagtail_portal.permissions import Verb, agents, members_for_team, organizations_for_team
from wagtail_portal.portal_urls import form_pages
from wagtail_portal.utils import markup

from .views import user_fields

#: How many suggestions are shown; typing more narrows them down.
SUGGESTED = 12
#: How many can be chosen.
CHOSEN = 100


def agents_for(user):
    """Return the agents if ``user`` can see tickets."""
    return agents() if user.has_perm(Verb.VIEW) else agents().none()


def member_label(member: Member) -> str:
    """Return the member's name and organization, because names aren't unique."""
    return f"{member.name} ({member.organization.name})"


def requesters_for_team(user):
    """Return the members whom ``user`` can see and who can be the requester of a ticket: those with
    access, and visitors, who get replies by email."""
    access = Q(pk__in=Member.objects.with_access().values("pk"))
    visitors = Q(organization__key=Organization.VISITORS)
    found = members_for_team(user).filter(access | visitors, user__is_active=True)
    return found.order_by("organization__name", "pk")


def find_requester(user, pk, *, exclude=None) -> Member | None:
    """Return a member who can be the requester, if ``user`` can see them.

    :param exclude: the primary key of the present requester.
    """
    found = requesters_for_team(user).exclude(pk=exclude).select_related("role")
    return found.filter(pk=pk).first() if pk else None


def requester_label(member: Member) -> str:
    """Return what tells a customer from others with the same name."""
    return f"{member.name} · {member.email} · {member.organization.name}"


def person_lookups(prefix: str) -> list[str]:
    """Return the lookups of a person: any part of a name, and the beginning of the email address.
    Its domain would match everyone in a company."""
    address, *names = user_fields(prefix)
    return [f"{address}__istartswith", *(f"{name}__icontains" for name in names)]


#: By kind: the rows that a user can see, the lookups to search, and the label of a row.
KINDS = {
    "member": (
        members_for_team,
        lambda: [*person_lookups("user__"), "organization__name__icontains"],
        member_label,
    ),
    "requester": (
        requesters_for_team,
        lambda: [*person_lookups("user__"), "organization__name__icontains"],
        requester_label,
    ),
    "organization": (
        organizations_for_team,
        lambda: ["name__icontains", "external_id__icontains"],
        str,
    ),
    "form": (lambda user: form_pages(), lambda: ["title__icontains"], str),
    "agent": (agents_for, lambda: person_lookups(""), get_user_display_name),
}


def search_rows(kind: str, user, typed: str):
    """Return the rows of a kind that ``user`` can see and that contain each typed word somewhere:
    "dana acme" finds Dana of Acme. Without words, there are none."""
    rows_for, lookups, _label = KINDS[kind]
    found = rows_for(user)
    words = markup.clean_line(typed)[:100].split()[:5]
    for word in words:
        match = Q()
        for lookup in lookups():
            match |= Q(**{lookup: word})
        found = found.filter(match)
    return found if words else found.none()


def row_label(kind: str, row) -> str:
    """Return the label of a row of a kind."""
    return str(KINDS[kind][2](row))


def suggestions(kind: str, user, typed: str) -> list[tuple[str, str]]:
    """Return the primary keys and labels of up to :data:`SUGGESTED` rows that match."""
    found = search_rows(kind, user, typed)[:SUGGESTED]
    return [(str(row.pk), row_label(kind, row)) for row in found]


class AutocompleteView(View):
    """Returns up to :data:`SUGGESTED` rows that match what was typed, as JSON."""

    def get(self, request, kind):
        if kind not in KINDS:
            raise Http404
        if not any(map(request.user.has_perm, (Verb.VIEW, Verb.LIMIT_GROUP, Verb.OPEN))):
            raise PermissionDenied
        found = suggestions(kind, request.user, request.GET.get("q", ""))
        rows = [{"value": value, "label": label} for value, label in found]
        response = JsonResponse({"results": rows})
        response["Cache-Control"] = "private, no-store"
        return response


class AutocompleteWidget(forms.SelectMultiple):
    """Checkboxes of what was chosen, and a field to search for more.

    :param find: takes what was typed and returns values and labels. If it's given, the form can
        also be sent to search, with the button ``find``, which works without a script.
    """

    template_name = "wagtail_portal/desk/widgets/autocomplete.html"
    allow_multiple_selected = True

    class Media:
        # Modules run when the page is complete, as custom elements need it.
        js = [forms.Script("wagtail_portal/desk/autocomplete.js", type="module")]
        css = {"all": ["wagtail_portal/desk/desk.css"]}

    def __init__(self, kind: str, attrs=None, *, single=False, placeholder=None, find=None):
        super().__init__(attrs)
        self.kind, self.single, self.find = kind, single, find
        self.typed, self.found = "", None
        self.placeholder = placeholder or _("Start typing a name")

    def use_required_attribute(self, initial):
        return False

    def id_for_label(self, id_, index=None):
        return id_

    def value_from_datadict(self, data, files, name):
        chosen = super().value_from_datadict(data, files, name)
        typed = data.get(f"{name}-typed", "")[:100].strip() if self.find else ""
        if typed and typed != self.typed:
            self.typed, self.found = typed, self.find(typed)
        # Only if that's what was asked for: otherwise the form might be sent with it, unseen.
        if self.found and len(self.found) == 1 and "find" in data:
            return [self.found[0][0]]
        return chosen

    def get_context(self, name, value, attrs):
        # The parent class would load all rows.
        context = forms.Widget.get_context(self, name, value, attrs)
        chosen = [str(pk) for pk in (value or [])][:CHOSEN]
        context["widget"] |= {
            "chosen": self._labels(chosen),
            "can_find": self.find is not None,
            "typed": "" if chosen else self.typed,
            "found": self.found and [row for row in self.found if row[0] not in chosen],
            "is_unknown": self.found == [],
            "null": self._null_choice(chosen),
            "url": reverse("wagtail_portal_suggest", args=[self.kind]),
            "single": self.single,
            "placeholder": self.placeholder,
        }
        return context

    def _labels(self, chosen) -> list[tuple[str, str]]:
        keys = [pk for pk in chosen if pk.isdecimal() or "-" in pk]
        queryset = getattr(self.choices, "queryset", None)
        if not keys or queryset is None:
            return []
        field = cast(Any, self.choices).field
        try:
            rows = list(queryset.filter(pk__in=keys))
        except (ValueError, forms.ValidationError):
            return []
        return [(str(row.pk), field.label_from_instance(row)) for row in rows]

    def _null_choice(self, chosen):
        """Return the field's choice of none as ``(value, label, is chosen)``; None without one."""
        field = getattr(self.choices, "field", None)
        label = getattr(field, "null_label", None)
        return (field.null_value, label, field.null_value in chosen) if label else None


admin_urls = [
    path("portal/suggest/<slug:kind>/", AutocompleteView.as_view(), name="wagtail_portal_suggest")
]
