"""The screen of a ticket."""

from collections.abc import Sequence
from typing import cast

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
from wagtail_portal.exceptions import Deleted
from wagtail_portal.fields import FormContext
from wagtail_portal.models import (
    AfterSending,
    AgentPreferences,
    PortalSettings,
    TicketField,
    guests_of,
    rating_of,
    snooze_of,
)
from wagtail_portal.models.cached_rows import rows_key
from wagtail_portal.models.settings import cache_key as settings_key
from wagtail_portal.permissions import Verb, tickets_for_team
from wagtail_portal.uploads import own_uploads
from wagtail_portal.utils.query_params import page_number

from . import composer_forms, forms, presence
from .conversation import load, version
from .details import answers, details, field_values, linked, other_tickets, reply_audience
from .people import people_of
from .queue import Queue
from .saved_replies import changes_of, offered
from .sent import draft_data, sent_here, taken_back, undo_offer
from .snooze_form import SnoozeForm, snoozed_until
from .urls import desk_url

#: Most of the portal's scripts work here as well.
SCRIPTS = [
    *(f"js/{name}.js" for name in ("portal", "composer", "reply", "conversation")),
    *(f"desk/{name}.js" for name in ("live", "composer", "details", "mention")),
    *(f"desk/{name}.js" for name in ("saved-replies", "undo")),
]
DESK_MEDIA = Media(
    css={"all": ["wagtail_portal/desk/desk.css", "wagtail_portal/desk/composer.css"]},
    js=cast(Sequence[str], [Script(f"wagtail_portal/{path}", type="module") for path in SCRIPTS]),
)

#: Forms that are shown and saved together.
PARTS = ("status", "assign", "fields", "followers")

#: The views that scripts send requests to.
LIVE = ("upload", "updates", "presence", "saved_replies")

#: Buttons on the screen that send a form of their own.
BUTTONS = ("unlink", "unshare", "suggestion", "save", "end_snooze")

LOADED = (
    "site",
    "organization",
    "requester__user",
    "requester__role",
    "assignee",
    "group",
    "status__after_team_reply",
    "rating",
    "snooze",
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
        "snooze": (Verb.CHANGE, "snooze"),
        "link": (Verb.CHANGE, "link_tickets"),
        "subject": (Verb.CHANGE, "change_subject"),
    }

    #: Whether the composer has a reply that the agent has just taken back.
    is_taken_back = False

    @cached_property
    def queue(self) -> Queue | None:
        """The list that the ticket was opened from."""
        return Queue.of(self.request, self.object.pk)

    @property
    def cache_keys(self) -> list[str]:
        """What the screen reads from the cache."""
        ticket = self.object
        own = (settings_key(ticket.site_id), presence.cache_key(ticket.pk))
        return [*super().cache_keys, *own, *map(rows_key, ("ticket_fields", "number_of_sites"))]

    def get_base_object_queryset(self):
        return tickets_for_team(self.request.user).select_related(*LOADED)

    def dispatch(self, request, *args, **kwargs):
        try:
            return super().dispatch(request, *args, **kwargs)
        except Deleted as error:
            return self.show_deleted(error)

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
        if not bound and (data := draft_data(self.request, self.object)):
            bound = {"reply": self.build_form("reply", data)}
            self.is_taken_back = True
            # Finds the files, and shows errors of those that are no longer available.
            bound["reply"].is_valid()
        context = self.get_context_data(bound=bound, newer_replies=newer_replies)
        return self.render_to_response(context)

    @cached_property
    def specs(self) -> dict:
        """The specs of the ticket fields by key; archived fields only if the ticket has a value."""
        values = self.object.values
        return {
            field.key: field.field_type.prepare(
                field.spec(), self.context, [values[field.key]] if field.key in values else []
            )
            for field in TicketField.cached()
            if not field.archived or field.key in values
        }

    @cached_property
    def context(self) -> FormContext:
        """What the ticket fields need to look up."""
        return forms.form_context(self.object.organization, self.file_limits, self.request.user)

    @cached_property
    def saved_replies(self) -> list:
        """The saved replies that the agent can insert."""
        return offered(self.request.user, self.object.language)

    @cached_property
    def people(self) -> list:
        """The requester, the followers, and members who got a copy of an email about the ticket."""
        return people_of(self.object)

    @property
    def followers(self) -> list:
        """The followers of the ticket."""
        return [member for member in self.people if member.follows]

    @property
    def suggested(self) -> list:
        """Members who got a copy of an email about the ticket, if the agent can add them."""
        if not self.can_do(Verb.CHANGE, "follow"):
            return []
        return [row for row in self.people if row.suggested and not row.follows]

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
            arguments["changes_of"] = lambda reply: changes_of(reply, self.actor, self.specs)
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
        if name == "snooze":
            return SnoozeForm(**arguments)
        if name == "subject":
            return forms.SubjectForm(ticket=ticket, **arguments)
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
        conversation = load(ticket, self.specs, self.settings.statuses, self.request.user, page)
        if conversation is None:
            raise Http404
        present = presence.others(ticket.pk, self.request.user)
        return super().get_context_data(
            ticket=ticket,
            conversation=conversation,
            version=version(ticket, present),
            newer_replies=[
                entry
                for entry in conversation.entries
                if entry["kind"] == "message" and entry["message"].pk in newer_replies
            ],
            present=present,
            details=details(
                ticket,
                self.request.user,
                with_urgency="fields" not in shown,
                failing=self.people,
            ),
            guests=list(guests_of(ticket)),
            can_unshare=self.can_do(Verb.CHANGE, "unshare_ticket"),
            linked=linked(ticket, self.request.user),
            other_tickets=other_tickets(ticket, self.request.user),
            merged_into=self.merged_into,
            rating=rating_of(ticket),
            snooze=(snooze := snooze_of(ticket)),
            snoozed_until=snooze and snoozed_until(snooze),
            values=field_values(ticket, self.specs),
            answers=answers(ticket, self.context),
            followers=self.followers,
            suggested=self.suggested,
            audience=reply_audience(ticket, self.followers),
            forms=shown,
            active_tab="note" if "note" in bound or "reply" not in shown else "reply",
            urls={
                name: self.url(name) for name in (*self.FORMS, *LIVE, *BUTTONS) if name not in PARTS
            },
            screen_url=self.url("edit"),
            sent=self.sent(conversation),
            undo=undo_offer(self.request, self.queue.suffix if self.queue else ""),
            queue=self.queue,
            after_sending=self.queue and self.after_sending(),
            parts=[shown[name] for name in PARTS if name in shown and shown[name].fields],
            history_url=self.history_url,
            media=sum((form.media for form in shown.values()), start=DESK_MEDIA),
            **kwargs,
        )

    def sent(self, conversation) -> dict | None:
        """Return what to say about the message that was just sent, or taken back."""
        if self.is_taken_back:
            return taken_back()
        return sent_here(self.request, conversation, self.followers)

    @cached_property
    def merged_into(self) -> dict | None:
        """The ticket that this one was merged into and its URL, if the agent can see it."""
        if self.object.merged_into_id is None:
            return None
        found = tickets_for_team(self.request.user).filter(pk=self.object.merged_into_id).first()
        return {"ticket": found, "url": desk_url("edit", found.pk)} if found else None

    def can_do(self, verb: Verb, action: str) -> bool:
        """Return whether the agent has the permission, and no lock keeps them from the action."""
        return self.actor.may(verb) and not self.actor.is_locked_out(action, self.object)

    def url(self, name: str) -> str:
        """Return the URL of one of this ticket's views, with the list that it was opened from."""
        url = desk_url(name, self.object.pk)
        return url + self.queue.suffix if self.queue and name not in LIVE else url

    def after_sending(self) -> dict:
        """Return the choices of where to go after saving, and the agent's last one."""
        chosen = AgentPreferences.of(self.request.user).after_sending
        return {"choices": AfterSending.choices, "chosen": chosen}

    @property
    def history_url(self) -> str | None:
        """The URL of the audit log, which Wagtail shows to users who can change something."""
        allowed = self.user_has_any_permission(["add", "change", "delete"])
        return self.url("history") if allowed else None

    def get_page_subtitle(self):
        return str(self.object)

    def get_breadcrumbs_items(self):
        # The subject is below it.
        *items, last = super().get_breadcrumbs_items()
        return [*items, {**last, "label": self.get_header_title()}]

    def get_header_title(self):
        return f"#{self.object.number}"

    @cached_property
    def header_more_buttons(self):
        requester = gettext("Change requester or organization")
        follow_up = f"{desk_url('open')}?follow_up={self.object.pk}"
        buttons = [
            (Verb.OPEN, "open_ticket", gettext("Open a follow-up ticket"), follow_up, "plus"),
            (Verb.CHANGE, "change_requester", requester, self.url("requester"), "user"),
            (Verb.MERGE, "merge_tickets", gettext("Merge"), self.url("merge"), "redirect"),
            (Verb.DELETE, "delete_ticket", gettext("Delete"), self.url("delete"), "bin"),
        ]
        return [
            Button(label, url=url, icon_name=icon, priority=20 + place)
            for place, (verb, action, label, url, icon) in enumerate(buttons)
            if self.can_do(verb, action)
        ]
