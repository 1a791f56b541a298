"""The columns and the density of the inbox, for each agent and for each saved view."""

from django import forms
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from wagtail_portal import actions
from wagtail_portal.columns import Column, columns, field_column
from wagtail_portal.desk.views import DeskPage
from wagtail_portal.models import (
    CustomerField,
    Density,
    InboxPreferences,
    PortalSettings,
    SavedFilter,
    TicketField,
)
from wagtail_portal.permissions import customer_fields_for_team
from wagtail_portal.utils.query_params import pk_in
from wagtail_portal.utils.typing import Mixin

from .tabs import ALL, tab_url

#: These come before the ticket fields, all others after them.
FIRST = ("requester", "status", "urgency")
SITE = Column(key="site", label=_("Site"), source="site", related=("site",))


def site_columns() -> list[Column]:
    """Return the column of the site, if there are several."""
    return [SITE] if PortalSettings.several_sites() else []


def inbox_columns(of_fields: list) -> list:
    """Return the columns of the listing, as the team sees them.

    :param of_fields: columns of the fields of tickets, organizations and members.
    """
    registered = {key: row.for_team() for key, row in columns().items() if row.in_inbox}
    first = [registered.pop(key) for key in FIRST]
    return [*first, *site_columns(), *of_fields, *registered.values()]


def shown_columns(fields, *choices: list[str]) -> list:
    """Return the columns to show: of the first choice that isn't empty, in its order, or the usual
    ones. Columns that don't exist any longer are left out.

    :param fields: the fields of tickets, organizations and members in use.
    :param choices: names of columns.
    """
    known = {column.param: column for column in inbox_columns([*map(field_column, fields)])}
    for names in choices:
        if found := [known[name] for name in names if name in known]:
            return found
    return inbox_columns([field_column(row) for row in fields if row.in_inbox])


def fields_for_team(user) -> list[TicketField | CustomerField]:
    """Return the fields in use that an agent may see, with their choices: of tickets,
    organizations and members."""
    of_tickets = [field for field in TicketField.cached() if not field.archived]
    return [*of_tickets, *customer_fields_for_team(user)]


class SavedViewsMixin(Mixin):
    """What an agent chose to see in the listing."""

    @cached_property
    def preferences(self) -> InboxPreferences:
        """The agent's preferences."""
        return InboxPreferences.of(self.request.user)

    @cached_property
    def known_views(self) -> list[SavedFilter]:
        """The agent's saved views and those that the team shares, in the agent's order."""
        return self.preferences.arrange(
            SavedFilter.objects.visible_to_agent(self.request.user).select_related("user")
        )

    def view_of(self, query: str) -> SavedFilter | None:
        """Return the saved view with these parameters."""
        return next((view for view in self.known_views if view.query == query), None)


class ListSettingsForm(forms.Form):
    """The density, and for each column whether and where it's shown."""

    def __init__(self, *args, rows, density=None, **kwargs):
        super().__init__(*args, **kwargs)
        if density:
            self.fields["density"] = forms.ChoiceField(
                label=_("Density"),
                choices=Density.choices,
                initial=density,
                widget=forms.RadioSelect,
            )
        self.rows = []
        for place, (column, is_shown) in enumerate(rows):
            show, position = f"show-{column.param}", f"position-{column.param}"
            self.fields[show] = forms.BooleanField(
                label=column.label, required=False, initial=is_shown
            )
            self.fields[position] = forms.IntegerField(
                label=gettext("Position of “%(column)s”") % {"column": column.label},
                min_value=1,
                max_value=99,
                required=False,
                initial=place + 1,
                widget=forms.NumberInput(attrs={"class": "portal-position"}),
            )
            self.rows.append((column.param, show, position))

    def bound_rows(self) -> list[tuple]:
        """Return the two fields of each column."""
        return [(self[show], self[position]) for _param, show, position in self.rows]

    @property
    def chosen(self) -> list[str]:
        """The names of the chosen columns in their order."""
        data = self.cleaned_data
        found = [
            (data.get(position) or 99, place, param)
            for place, (param, show, position) in enumerate(self.rows)
            if data[show]
        ]
        return [param for _position, _place, param in sorted(found)]


class ListSettingsView(SavedViewsMixin, DeskPage):
    """Chooses columns and density, for the agent or for one of their saved views."""

    page_title = _("Columns and density")
    template_name = "wagtail_portal/desk/list_settings.html"

    @cached_property
    def view(self) -> SavedFilter | None:
        """The saved view whose columns are chosen."""
        pk = pk_in(self.request.GET, "view")
        if pk is None:
            return None
        found = next((view for view in self.known_views if view.pk == pk), None)
        if found is None:
            raise Http404
        return found

    def build_form(self, data=None) -> ListSettingsForm:
        """Return the form, with the shown columns first."""
        fields = fields_for_team(self.request.user)
        own = self.view.columns if self.view else []
        shown = shown_columns(fields, own, self.preferences.columns)
        names = {column.param for column in shown}
        others = inbox_columns([*map(field_column, fields)])
        hidden = [column for column in others if column.param not in names]
        rows = [*((column, True) for column in shown), *((column, False) for column in hidden)]
        density = None if self.view else self.preferences.density
        return ListSettingsForm(data, rows=rows, density=density)

    def get(self, request):
        return self.show(self.build_form())

    def post(self, request):
        form = self.build_form(request.POST)
        if not form.is_valid():
            return self.show(form)
        chosen = [] if "reset" in request.POST else form.chosen
        if self.view:
            actions.change_view_columns(self.view, by=self.actor, columns=chosen)
        else:
            density = form.cleaned_data["density"]
            actions.change_inbox_preferences(by=self.actor, density=density, columns=chosen)
        messages.success(request, gettext("The list was changed."))
        return redirect(reverse("wagtail_portal_views") if self.view else tab_url(ALL))

    def show(self, form):
        """Render the page."""
        return self.render_to_response(self.get_context_data(form=form, view=self.view))
