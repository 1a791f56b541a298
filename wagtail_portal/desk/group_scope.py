"""A panel of Wagtail's group editor: which tickets the members of a group can see."""

from django import forms
from django.contrib.auth.models import Group
from django.forms import ModelMultipleChoiceField
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

LIMITS = ("organizations", "sites", "forms")


class GroupScopeForm(forms.Form):
    """The panel. Wagtail creates it without the request."""

    limited = forms.BooleanField(
        label=_("Limit access to some tickets"),
        required=False,
        help_text=_(
            "Without limits, permission to view tickets covers all of them. People in several "
            "groups see the tickets of all their groups."
        ),
    )
    organizations = ModelMultipleChoiceField(
        label=_("Organizations"),
        queryset=Organization.objects.all(),
        required=False,
        widget=AutocompleteWidget("organization"),
    )
    sites = ModelMultipleChoiceField(
        label=_("Sites"),
        queryset=Site.objects.order_by("hostname", "port"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data=None, files=None, instance=None, prefix="ticket_scope"):
        self.instance = instance if instance is not None else Group()
        scope = GroupScope.objects.filter(group=self.instance.pk).first()
        initial = {name: list(getattr(scope, name).all()) for name in LIMITS} if scope else {}
        super().__init__(data, files, prefix=prefix, initial={"limited": bool(scope), **initial})
        # Not an attribute of the class, where it would hide the module.
        self.fields["forms"] = ModelMultipleChoiceField(
            label=_("Forms"),
            queryset=form_pages(),
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )

    def clean(self):
        data = super().clean()
        if data.get("limited") and not any(data.get(name) for name in LIMITS):
            self.add_error("limited", gettext("Select at least one organization, form or site."))
        return data

    def save(self) -> None:
        """Limit the saved group, or remove its limit."""
        if not self.has_changed():
            return
        by = Actor.for_agent(get_active_log_context().user)
        data = dict(self.cleaned_data)
        if data.pop("limited"):
            actions.limit_group(self.instance, by=by, **data)
        else:
            actions.unlimit_group(self.instance, by=by)

    def as_admin_panel(self) -> str:
        """Return the HTML of the panel."""
        return render_to_string("wagtail_portal/desk/group_scope.html", {"form": self})
