"""The screen of a ticket."""

from django.core.exceptions import PermissionDenied
from django.forms import Media, Script
from django.http import Http404
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import BaseObjectMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.widgets.button import Button

from wagtail_portal.desk.views import DeskPageMixin, RowAccessMixin
from wagtail_portal.exceptions import Deleted, NotAllowed
from wagtail_portal.fields import FormContext
from wagtail_portal.models import PortalSettings, TicketField, rating_of
from wagtail_portal.permissions import Verb, tickets_for_team
from wagtail_portal.uploads import own_uploads
from wagtail_portal.utils.query_params import page_number

from . import composer_forms, forms, presence
from .conversation import load, version
from .details import answers, details, field_values, linked, other_tickets, reply_audience
from .saved_replies import offered
from .urls import desk_url

#: Most of the portal's scripts work here as well.
SCRIPTS = [
    *(f"js/{name}.js" for name in ("portal", "composer", "reply", "conversation")),
    *(f"desk/{name}.js" for name in ("presence", "composer", "mention")),
]
DESK_MEDIA = Media(
    css={"all": ["wagtail_portal/desk/desk.css", "wagtail_portal/desk/composer.css"]},
    js=[Script(f"wagtail_portal/{path}", type="module") for path in SCRIPTS],
)

#: The views that scripts send requests to.
LIVE = ("upload", "updates", "presence")

LOADED = (
    "site",
    "organization",
    "requester__user",
    "requester__role",
    "assignee",
    "group",
    "status__after_team_reply",
    "rating",
    "form",
    "source_page",
)


class TicketScreen(RowAccessMixin, PermissionCheckedMixin, BaseObjectMixin, DeskPageMixin, View):
    """Shows a ticket, whose forms are sent to the views in ``edit_views`` and ``composer``."""

    permission_required = "view"
    reads_visible_rows = True
    template_name = "wagtail_portal/desk/ticket.html"
    page_title = _("Ticket")

    #: The permission that each form needs, and the action that it calls.
    FORMS = {
        "reply": (Verb.REPLY, "reply"),
        "note": (Verb.NOTE, "add_note"),
        "status": (Verb.CHANGE, "change_status"),
        "assign": (Verb.ASSIGN, "assign"),
        "fields": (Verb.CHANGE, "change_fields"),
        "followers": (Verb.CHANGE, "follow"),
        "link": (Verb.CHANGE, "link_tickets"),
        "subject": (Verb.CHANGE, "change_subject"),
    }

    def get_base_object_queryset(self):
        return tickets_for_team(self.request.user).select_related(*LOADED)

    def dispatch(self, request, *args, **kwargs):
        try:
            return super().dispatch(request, *args, **kwargs)
        except Deleted as error:
            return self.show_deleted(error)
        except NotAllowed as error:
            # The permission was withdrawn since the view began.
            raise PermissionDenied from error

    def show_deleted(self, error: Deleted):
        """Answer a request about a ticket that was deleted while it was handled."""
        text = gettext("Ticket #%(number)s was deleted.") % {"number": error.number}
        messages.error(self.request, text)
        is_other = error.number != self.object.number
        return redirect(self.url("edit") if is_other else self.list_url)

    def get(self, request, *args, **kwargs):
        return self.render()

    def render(self, *, newer_replies=(), **bound):
        """Render the screen, with the forms that were sent and come back with errors.

        :param newer_replies: primary keys of the replies that came while another was written.
        """
        context = self.get_context_data(bound=bound, newer_replies=newer_replies)
        return self.render_to_response(context)

    @cached_property
    def specs(self) -> dict:
        """The specs of the ticket fields by key; archived fields only if the ticket has a value."""
        fields = TicketField.objects.prefetch_related("choices")
        values = self.object.values
        return {
            field.key: field.field_type.prepare(
                field.spec(), self.context, [values[field.key]] if field.key in values else []
            )
            for field in fields
            if not field.archived or field.key in values
        }

    @cached_property
    def context(self) -> FormContext:
        """What the ticket fields need to look up."""
        return forms.form_context(self.object.organization, self.file_limits, self.request.user)

    @cached_property
    def saved_replies(self) -> list:
        """The saved replies that the agent can insert."""
        return offered(self.object, self.request.user)

    @cached_property
    def followers(self) -> list:
        """The followers of the ticket."""
        return list(self.object.followers.select_related("user", "role"))

    @cached_property
    def file_limits(self):
        """Which files can be attached, on the site that the ticket belongs to."""
        return self.settings.file_limits

    @cached_property
    def settings(self) -> PortalSettings:
        """The settings of the site that the ticket belongs to, with all statuses, cached."""
        return PortalSettings.cached(self.object.site)

    def build_form(self, name: str, data=None, files=None):
        """Return one of the forms, empty or with what was sent."""
        ticket, arguments = self.object, {"data": data, "prefix": name}
        if name in ("reply", "note"):
            arguments |= {"files": files, "file_limits": self.file_limits}
            arguments["saved_replies"] = self.saved_replies
            arguments["find_uploads"] = lambda ids: own_uploads(self.request.user, ids)
        if name == "note":
            return composer_forms.NoteForm(**arguments)
        if name == "reply":
            may_set_status = self.actor.may(Verb.CHANGE)
            return composer_forms.ReplyForm(
                ticket=ticket,
                statuses=self.settings.statuses,
                may_set_status=may_set_status,
                **arguments,
            )
        if name == "status":
            return forms.StatusForm(ticket=ticket, statuses=self.settings.statuses, **arguments)
        if name == "assign":
            return forms.AssignForm(ticket=ticket, **arguments)
        if name == "subject":
            return forms.SubjectForm(initial={"subject": ticket.subject}, **arguments)
        if name == "link":
            return forms.LinkForm(user=self.request.user, **arguments)
        if name == "followers":
            return forms.FollowersForm(
                followers=self.followers, find_teammates=self.context.find_teammates, **arguments
            )
        specs = {"urgency": None} | {f"field:{key}": spec for key, spec in self.specs.items()}
        return forms.FieldsForm(ticket=ticket, specs=specs, files=files, **arguments)

    def get_context_data(self, *, bound, newer_replies=(), **kwargs):
        ticket = self.object
        shown = {
            name: bound.get(name) or self.build_form(name)
            for name, (verb, action) in self.FORMS.items()
            if self.can_do(verb, action)
        }
        page = page_number(self.request.GET)
        conversation = load(ticket, self.specs, self.request.user, page)
        if conversation is None:
            raise Http404
        return super().get_context_data(
            ticket=ticket,
            conversation=conversation,
            version=version(ticket),
            newer_replies=[
                entry
                for entry in conversation.entries
                if entry["kind"] == "message" and entry["message"].pk in newer_replies
            ],
            present=presence.others(ticket.pk, self.request.user),
            details=details(ticket, self.request.user, with_urgency="fields" not in shown),
            linked=linked(ticket, self.request.user),
            other_tickets=other_tickets(ticket, self.request.user),
            merged_into=self.merged_into,
            rating=rating_of(ticket),
            values=field_values(ticket, self.specs),
            answers=answers(ticket, self.context),
            followers=self.followers,
            audience=reply_audience(ticket, self.followers),
            forms=shown,
            active_tab="note" if "note" in bound or "reply" not in shown else "reply",
            urls={name: self.url(name) for name in (*self.FORMS, *LIVE, "unlink")},
            screen_url=self.url("edit"),
            history_url=self.history_url,
            media=sum((form.media for form in shown.values()), start=DESK_MEDIA),
            **kwargs,
        )

    @cached_property
    def merged_into(self) -> dict | None:
        """The ticket that this one was merged into and its URL, if the agent can see it."""
        if self.object.merged_into_id is None:
            return None
        found = tickets_for_team(self.request.user).filter(pk=self.object.merged_into_id).first()
        return found and {"ticket": found, "url": desk_url("edit", found.pk)}

    def can_do(self, verb: Verb, action: str) -> bool:
        """Return whether the agent has the permission, and no lock keeps them from the action."""
        return self.actor.may(verb) and not self.actor.is_locked_out(action, self.object)

    def url(self, name: str) -> str:
        """Return the URL of one of this ticket's views."""
        return desk_url(name, self.object.pk)

    @property
    def history_url(self) -> str | None:
        """The URL of the audit log, which Wagtail shows to users who can change something."""
        allowed = self.user_has_any_permission(["add", "change", "delete"])
        return self.url("history") if allowed else None

    def get_page_subtitle(self):
        return str(self.object)

    @cached_property
    def header_more_buttons(self):
        requester = gettext("Change requester or organization")
        buttons = [
            (Verb.CHANGE, "change_requester", requester, "requester", "user"),
            (Verb.MERGE, "merge_tickets", gettext("Merge"), "merge", "redirect"),
            (Verb.DELETE, "delete_ticket", gettext("Delete"), "delete", "bin"),
        ]
        return [
            Button(label, url=self.url(name), icon_name=icon, priority=20 + place)
            for place, (verb, action, label, name, icon) in enumerate(buttons)
            if self.can_do(verb, action)
        ]
