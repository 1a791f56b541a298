"""What the pages of organizations and members have in common."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.forms import Media
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.widgets.button import Button
from wagtail.models import Site

from wagtail_portal import actions
from wagtail_portal.desk.tickets.urls import desk_url
from wagtail_portal.desk.views import InspectView, add_errors
from wagtail_portal.exceptions import Conflict, Invalid
from wagtail_portal.fields import FormContext, get_field_type
from wagtail_portal.models import CustomerField
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.portal_urls import find_home
from wagtail_portal.utils.humanize import exact_day
from wagtail_portal.utils.sent_forms import confirm_sent

from .activity import activity_of, files_of
from .forms import CustomerFieldsForm, NotesForm
from .tickets import ticket_list

CUSTOMER_MEDIA = Media(
    css={"all": ["wagtail_portal/desk/desk.css", "wagtail_portal/desk/customer.css"]}
)


def day(moment) -> str:
    """Return the date of a time; "" for none."""
    return exact_day(moment) if moment else ""


class CustomerPage(InspectView):
    """Shows everything that the team knows about an organization or a member, with forms to change
    it in place."""

    #: The filter of the inbox that finds the customer's tickets, and their lookup.
    ticket_filter = ""
    #: Whom the fields of this page describe, and the permission to change them.
    about = change_verb = ""
    saved_text = _("Saved.")

    @property
    def organization(self):
        """The organization that the page is about."""
        return self.object

    @cached_property
    def actor(self) -> Actor:
        """The agent who makes the request."""
        return Actor.for_agent(self.request.user)

    @cached_property
    def is_within_reach(self) -> bool:
        """Whether the agent's groups aren't limited to other organizations. Otherwise, the agent
        knows the customer only from some of their tickets."""
        return self.actor.acts_for(self.organization)

    @property
    def url(self) -> str:
        """The URL of this page."""
        return self.url_of("inspect")

    def url_of(self, name: str) -> str:
        """Return the URL of another view of the object."""
        viewset = type(self.object).snippet_viewset
        return reverse(viewset.get_url_name(name), args=[self.object.pk])

    def get_page_title(self):
        return self.object._meta.verbose_name.capitalize()

    def get_page_subtitle(self):
        return str(self.object)

    def get_breadcrumbs_items(self):
        # Wagtail's page comes after the form; this one replaces both.
        items = super().get_breadcrumbs_items()[: len(self.breadcrumbs_items) + 1]
        return [*items, {"url": "", "label": str(self.object)}]

    def post(self, request, *args, **kwargs):
        """Save one of the forms."""
        name = request.POST.get("form", "")
        form = self.build_forms({name: request.POST}).get(name)
        if form is None:
            raise PermissionDenied
        if form.is_valid():
            try:
                self.save(name, form)
            except Invalid as error:
                add_errors(form, error)
            except Conflict as conflict:
                form.show_conflicts(conflict.current)
            else:
                confirm_sent(request, form.cleaned_data.get("submission_key"))
                messages.success(request, self.saved_text)
                return redirect(self.url)
        messages.error(request, gettext("Nothing was saved. See the errors below."))
        # Validating must not change what the rest of the page shows. It may be deleted by now.
        self.object = self.get_object()
        return self.render_to_response(self.get_context_data(bound={name: form}))

    def build_forms(self, data: dict) -> dict:
        """Return the forms that the agent may use, by name.

        :param data: what was sent, by the name of the form.
        """
        forms: dict[str, Any] = {}
        if self.is_within_reach and self.actor.may(Verb.NOTE):
            forms["notes"] = NotesForm(data.get("notes"), notes=self.object.notes)
        if self.specs and self.is_within_reach and self.actor.may(Verb(self.change_verb)):
            forms["fields"] = CustomerFieldsForm(
                data.get("fields"), ticket=self.object, specs=self.specs
            )
        return forms

    @cached_property
    def specs(self) -> dict:
        """The specs of the fields that the customer can have, by ``field:<key>``."""
        fields = CustomerField.objects.filter(about=self.about, archived=False)
        return {
            f"field:{field.key}": field.field_type.prepare(field.spec(), FormContext())
            for field in fields.prefetch_related("choices")
        }

    @property
    def field_values(self) -> list[tuple[str, str]]:
        """Label and value of the fields that have one."""
        if not self.is_within_reach:
            return []
        values = {f"field:{key}": stored for key, stored in self.object.values.items()}
        return [
            (spec.label, get_field_type(spec.type).html(values[key], spec))
            for key, spec in self.specs.items()
            if key in values
        ]

    def save(self, name: str, form) -> None:
        """Save a valid form."""
        if name == "fields":
            actions.change_customer_fields(self.object, by=self.actor, **form.arguments)
        else:
            actions.change_notes(self.object, by=self.actor, **form.arguments)

    @cached_property
    def header_more_buttons(self):
        buttons = super().header_more_buttons
        policy, user = self.permission_policy, self.request.user
        if policy.user_has_any_permission_for_instance(
            user, {"add", "change", "delete"}, self.object
        ):
            url = self.url_of("history")
            buttons.append(Button(_("History"), url=url, icon_name="history", priority=15))
        return buttons

    @cached_property
    def view_as_url(self) -> str:
        """The URL where agents view this site's portal as a member; "" if the agent may not, or
        there's no portal."""
        if not self.may_view_as():
            return ""
        site = Site.find_for_request(self.request)
        home = site and find_home(site)
        if not home:
            return ""
        return home.get_url(self.request) + home.reverse_subpage("portal_view_as")

    def may_view_as(self) -> bool:
        """Return whether the agent may view the portal as the member, or one of the members."""
        return self.is_within_reach and self.actor.may_view_as()

    def get_context_data(self, *, bound=None, **kwargs):
        forms = {**self.build_forms({}), **(bound or {})}
        pk = self.object.pk
        tickets = ticket_list(self.request, self.ticket_filter, pk)
        media = CUSTOMER_MEDIA + (tickets.media if tickets else Media())
        return super().get_context_data(
            forms=forms,
            field_values=self.field_values,
            page_url=self.url,
            draft=f"{self.ticket_filter}-{pk}",
            tickets=tickets,
            all_tickets_url=f"{desk_url('list')}?{urlencode({self.ticket_filter: pk})}",
            is_within_reach=self.is_within_reach,
            activity=activity_of(self.object) if self.is_within_reach else [],
            files=files_of(self.request.user, **{self.ticket_filter: pk}),
            view_as_url=self.view_as_url,
            media=media,
            **kwargs,
        )
