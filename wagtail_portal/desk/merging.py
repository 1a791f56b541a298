"""Merge one thing into another: choose the other one, see what will happen, and confirm."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView

from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Role
from wagtail_portal.utils.query_params import pk_in
from wagtail_portal.utils.typing import StrOrPromise

from .tickets.confirmation_views import Choice
from .tickets.detail_view import DESK_MEDIA
from .views import DeskPage, add_errors


@dataclass(frozen=True)
class Effects:
    """Sentences that say what will happen, under a heading."""

    heading: StrOrPromise
    sentences: list[str]


class RolesForm(forms.Form):
    """For each conflict, the role to keep."""

    def __init__(self, *args, conflicts, **kwargs):
        super().__init__(*args, **kwargs)
        self.conflicts = conflicts
        for conflict in conflicts:
            self.fields[self._name(conflict)] = forms.TypedChoiceField(
                label=conflict.label,
                choices=[(role.pk, role.name) for role in conflict.roles],
                coerce=int,
                initial=conflict.stronger and conflict.stronger.pk,
                widget=forms.RadioSelect,
            )

    def _name(self, conflict) -> str:
        return f"role-{conflict.key}"

    @property
    def roles(self) -> dict[int, Role]:
        """The chosen roles by the keys of the conflicts."""
        found = {}
        for conflict in self.conflicts:
            both = {role.pk: role for role in conflict.roles}
            found[conflict.key] = both[self.cleaned_data[self._name(conflict)]]
        return found


class MergeView(DeskPage, FormView):
    """Merges another one into the one in the URL."""

    template_name = "wagtail_portal/desk/merge.html"
    form_class = RolesForm
    search_label: StrOrPromise = ""
    button_label: StrOrPromise = ""

    def find(self, pk) -> Any:
        """Return the one with this primary key, if the agent may merge it, or raise ``Http404`` or
        ``PermissionDenied``."""
        raise NotImplementedError

    def search(self, typed: str) -> list[Choice]:
        """Return the others that the agent can choose."""
        raise NotImplementedError

    def find_refusal(self) -> str:
        """Return why the two can't be merged; "" if they can."""
        raise NotImplementedError

    def find_conflicts(self) -> list:
        """Return what to decide before the two are merged."""
        raise NotImplementedError

    def find_effects(self) -> list[Effects]:
        """Return what will happen if the two are merged."""
        raise NotImplementedError

    def merge(self, roles: dict[int, Role]) -> Any:
        """Merge the two, and return the response."""
        raise NotImplementedError

    @property
    def intro(self) -> str:
        """What to choose."""
        raise NotImplementedError

    @property
    def warning(self) -> str:
        """What the two are, and that it can't be undone."""
        raise NotImplementedError

    @cached_property
    def kept(self) -> Any:
        """The one that stays."""
        return self.find(self.kwargs["pk"])

    @cached_property
    def other(self) -> Any:
        """The one to merge, once it's chosen."""
        data = self.request.POST if self.request.method == "POST" else self.request.GET
        pk = pk_in(data, "other")
        return self.find(pk) if pk else None

    @cached_property
    def refusal(self) -> str:
        """Why the two can't be merged, or ""."""
        return self.find_refusal() if self.other else ""

    def get_page_subtitle(self):
        return str(self.kept)

    def get_form_kwargs(self):
        conflicts = self.find_conflicts() if self.other and not self.refusal else []
        return {**super().get_form_kwargs(), "conflicts": conflicts}

    def get_context_data(self, **kwargs):
        typed = self.request.GET.get("q", "")
        name = self.model.snippet_viewset.get_url_name("inspect")
        back_url = reverse(name, args=[self.kept.pk])
        context = {
            "kept": self.kept,
            "other": self.other,
            "typed": typed,
            "intro": self.intro,
            "search_label": self.search_label,
            "button_label": self.button_label,
            "step_url": self.request.path,
            "back_url": back_url,
            "media": DESK_MEDIA,
        }
        if self.other is None:
            context["choices"] = self.search(typed)
        elif self.refusal:
            context["refusal"] = self.refusal
        else:
            context["warning"] = self.warning
            context["effects"] = self.find_effects()
        return {**super().get_context_data(**kwargs), **context}

    def post(self, request, *args, **kwargs):
        if self.other is None:
            return redirect(request.path)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form):
        try:
            return self.merge(form.roles)
        except Invalid as error:
            add_errors(form, error)
            return self.form_invalid(form)
