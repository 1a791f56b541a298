"""People and organizations found by typing: thousands of them fit into no drop-down.

The choices show as checkboxes, so that what was chosen can be taken back, and a form is sent as
ever; a script adds the field that finds more of them.
"""

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, JsonResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views import View
from wagtail.admin.utils import get_user_display_name

from wagtail_portal.models import Member
from wagtail_portal.permissions import Verb, agents, members_for_team, organizations_for_team
from wagtail_portal.portal_urls import form_pages
from wagtail_portal.utils import markup

from .views import user_fields

#: So many are offered; who misses one types on.
OFFERED = 12
#: So many can be chosen at once.
CHOSEN = 100


def agents_for(user):
    """The agents, for those who see tickets at all."""
    return agents() if user.has_perm(Verb.VIEW) else agents().none()


def member_label(member: Member) -> str:
    """Names repeat; with the organization they hardly do."""
    return f"{member.name} ({member.organization.name})"


#: By kind: what there is for a user, the columns that are searched, and how one is called.
KINDS = {
    "member": (
        members_for_team,
        lambda: [*user_fields(), "organization__name"],
        member_label,
    ),
    "organization": (organizations_for_team, lambda: ["name", "external_id"], str),
    "form": (lambda user: form_pages(), lambda: ["title"], str),
    "agent": (agents_for, lambda: user_fields(""), get_user_display_name),
}


def find_by_words(kind: str, user, typed: str):
    """Rows of a kind that ``user`` may know of, and in which each word that was typed stands
    somewhere: "dana acme" finds Dana of Acme. Nothing for no word."""
    find, columns, _label = KINDS[kind]
    found = find(user)
    words = markup.clean_line(typed)[:100].split()[:5]
    for word in words:
        match = Q()
        for column in columns():
            match |= Q(**{f"{column}__icontains": word})
        found = found.filter(match)
    return found if words else found.none()


class AutocompleteView(View):
    """Up to :data:`OFFERED` rows that fit what was typed, as JSON."""

    def get(self, request, kind):
        if kind not in KINDS:
            raise Http404
        if not request.user.has_perm(Verb.VIEW) and not request.user.has_perm(Verb.LIMIT_GROUP):
            raise PermissionDenied
        label = KINDS[kind][2]
        found = find_by_words(kind, request.user, request.GET.get("q", ""))[:OFFERED]
        rows = [{"value": str(row.pk), "label": label(row)} for row in found]
        response = JsonResponse({"results": rows})
        response["Cache-Control"] = "private, no-store"
        return response


class AutocompleteWidget(forms.SelectMultiple):
    """Checkboxes of what is chosen, with a field that finds more."""

    template_name = "wagtail_portal/desk/widgets/autocomplete.html"
    allow_multiple_selected = True

    class Media:
        # A module: an element of ours is complete only when the page is.
        js = [forms.Script("wagtail_portal/desk/autocomplete.js", type="module")]
        css = {"all": ["wagtail_portal/desk/desk.css"]}

    def __init__(self, kind: str, attrs=None, *, single: bool = False, placeholder=None):
        super().__init__(attrs)
        self.kind, self.single = kind, single
        self.placeholder = placeholder or _("Start typing a name")

    def use_required_attribute(self, initial):
        return False

    def id_for_label(self, id_, index=None):
        return id_

    def get_context(self, name, value, attrs):
        # Not the parent's: it would load all rows.
        context = forms.Widget.get_context(self, name, value, attrs)
        chosen = [str(one) for one in (value or [])][:CHOSEN]
        context["widget"] |= {
            "chosen": self._labels(chosen),
            "null": self._null(chosen),
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
        field = self.choices.field
        try:
            rows = list(queryset.filter(pk__in=keys))
        except (ValueError, forms.ValidationError):
            return []
        return [(str(row.pk), field.label_from_instance(row)) for row in rows]

    def _null(self, chosen):
        """The choice of none, where the field has one: ``(value, label, is chosen)``."""
        field = getattr(self.choices, "field", None)
        label = getattr(field, "null_label", None)
        return (field.null_value, label, field.null_value in chosen) if label else None


admin_urls = [
    path("portal/suggest/<slug:kind>/", AutocompleteView.as_view(), name="wagtail_portal_suggest")
]
