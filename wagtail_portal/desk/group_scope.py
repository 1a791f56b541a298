"""In Wagtail's editor of groups: which tickets the people of a group see."""

from django import forms
from django.contrib.auth.models import Group
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import get_active_log_context
from wagtail.models import Site

from wagtail_portal import actions
from wagtail_portal.models import GroupScope, Organization
from wagtail_portal.permissions import Actor
from wagtail_portal.portal_urls import form_pages

from .autocomplete import AutocompleteWidget


class GroupScopeForm(forms.Form):
    """One of the panels of the editor, which makes it without a word about who is there."""

    limited = forms.BooleanField(
        label=_("Limit access to some tickets"),
        required=False,
        help_text=_(
            "Without limits, permission to view tickets covers all of them. People in several "
            "groups see the tickets of all their groups."
        ),
    )
    organizations = forms.ModelMultipleChoiceField(
        label=_("Organizations"),
        queryset=Organization.objects.all(),
        required=False,
        widget=AutocompleteWidget("organization"),
    )
    sites = forms.ModelMultipleChoiceField(
        label=_("Sites"),
        queryset=Site.objects.order_by("hostname", "port"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    # The last one: it takes the place of the module's name in here.
    forms = forms.ModelMultipleChoiceField(
        label=_("Forms"),
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data=None, files=None, instance=None, prefix="ticket_scope"):
        self.instance = instance if instance is not None else Group()
        super().__init__(data, files, prefix=prefix, initial=self._kept())
        self.fields["forms"].queryset = form_pages()

    def _kept(self) -> dict:
        scope = GroupScope.objects.filter(group=self.instance.pk).first()
        if scope is None:
            return {}
        names = ("sites", "forms", "organizations")
        return {"limited": True} | {name: list(getattr(scope, name).all()) for name in names}

    def clean(self):
        data = super().clean()
        if data.get("limited") and not any(
            data.get(name) for name in ("sites", "forms", "organizations")
        ):
            self.add_error("limited", gettext("Select at least one organization, form or site."))
        return data

    def save(self) -> None:
        """After the group was saved."""
        if not self.has_changed():
            return
        by = Actor.for_agent(get_active_log_context().user)
        data = dict(self.cleaned_data)
        if data.pop("limited"):
            actions.limit_group(self.instance, by=by, **data)
        else:
            actions.unlimit_group(self.instance, by=by)

    def as_admin_panel(self) -> str:
        """The panel."""
        return render_to_string("wagtail_portal/desk/group_scope.html", {"form": self})
