"""The screen of one ticket."""

from django.forms import Media, Script
from django.http import Http404
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.views import View
from wagtail.admin.views.generic.base import BaseObjectMixin, WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.widgets.button import Button

from wagtail_portal.desk.views import RowAccessMixin
from wagtail_portal.fields import FormContext
from wagtail_portal.models import Member, PortalSettings, TicketField, rating_of
from wagtail_portal.permissions import Actor, Verb, tickets_for_team
from wagtail_portal.uploads import unsent_uploads
from wagtail_portal.utils.query_params import page_number

from . import composer_forms, forms, presence
from .conversation import load, version
from .details import answers, details, field_values, linked, other_tickets
from .saved_replies import offered
from .urls import address, file_url

#: Most modules of the customers' side serve here, too; the one for drafts is on every page.
SCRIPTS = [
    *(f"js/{name}.js" for name in ("portal", "composer", "reply", "conversation")),
    *(f"desk/{name}.js" for name in ("presence", "composer", "mention")),
]
DESK_MEDIA = Media(
    css={"all": ["wagtail_portal/desk/desk.css", "wagtail_portal/desk/composer.css"]},
    js=[Script(f"wagtail_portal/{path}", type="module") for path in SCRIPTS],
)

#: The addresses that scripts ask, by the names of the views.
LIVE = ("upload", "updates", "presence")

LOADED = (
    "site",
    "organization",
    "requester__user",
    "assignee",
    "group",
    "status__after_team_reply",
    "rating",
    "form",
    "source_page",
)


class TicketScreen(
    RowAccessMixin, PermissionCheckedMixin, BaseObjectMixin, WagtailAdminTemplateMixin, View
):
    """Reads a ticket; what is sent from it goes to the views in :mod:`.changes`."""

    permission_required = "view"
    reads_visible_rows = True
    template_name = "wagtail_portal/desk/ticket.html"

    #: By name, the right that one needs to see and to send each form.
    FORMS = {
        "reply": Verb.REPLY,
        "note": Verb.NOTE,
        "status": Verb.CHANGE,
        "assign": Verb.ASSIGN,
        "fields": Verb.CHANGE,
        "followers": Verb.CHANGE,
        "link": Verb.CHANGE,
        "subject": Verb.CHANGE,
    }
    #: What is left of it once the ticket goes on in another one.
    FORMS_WHEN_MERGED = ("note", "assign", "link")

    def get_base_object_queryset(self):
        return tickets_for_team(self.request.user).select_related(*LOADED)

    def get(self, request, *args, **kwargs):
        return self.render()

    def render(self, *, newer_replies=(), **bound):
        """The screen, with those forms that were sent and came back with errors.

        :param newer_replies: primary keys of the replies that came while another was written.
        """
        return self.render_to_response(
            self.get_context_data(bound=bound, newer_replies=newer_replies)
        )

    @cached_property
    def actor(self) -> Actor:
        """The agent who is looking."""
        return Actor.for_agent(self.request.user)

    @cached_property
    def specs(self) -> dict:
        """The ticket fields by key; archived ones only where the ticket has a value."""
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
        """What the fields of the ticket may ask of the world outside."""
        members = Member.objects.to_choose(self.object.organization)
        return FormContext(
            file_limits=self.file_limits,
            find_teammates=lambda addresses: {
                member.email.lower(): member for member in members.with_addresses(addresses)
            },
            find_members=members.finder(),
            file_url=file_url,
        )

    @cached_property
    def canned(self) -> list:
        """The canned replies that the agent may put in."""
        return offered(self.object, self.request.user)

    @cached_property
    def followers(self) -> list:
        """Who follows the ticket."""
        return list(self.object.followers.select_related("user"))

    @cached_property
    def file_limits(self):
        """What a message may carry, on the site that the ticket came from."""
        return self.settings.file_limits

    @cached_property
    def settings(self) -> PortalSettings:
        """Of the site that the ticket came from, with all statuses, from the cache."""
        return PortalSettings.of_site(self.object.site)

    def build_form(self, name: str, data=None, files=None):
        """One of the forms, empty or with what was sent."""
        ticket, arguments = self.object, {"data": data, "prefix": name}
        if name in ("reply", "note"):
            arguments |= {"files": files, "file_limits": self.file_limits}
            arguments["canned"] = self.canned
            arguments["find_uploads"] = lambda ids: unsent_uploads(self.request.user, ids)
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
            for name, verb in self.FORMS.items()
            if self.actor.may(verb) and self.is_open_for(name)
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
        """The ticket in which this one goes on, and where that is, if the agent may see it."""
        if self.object.merged_into_id is None:
            return None
        found = tickets_for_team(self.request.user).filter(pk=self.object.merged_into_id).first()
        return found and {"ticket": found, "url": address("edit", found.pk)}

    def is_open_for(self, name: str) -> bool:
        """Whether the ticket takes what this form sends."""
        return self.object.merged_into_id is None or name in self.FORMS_WHEN_MERGED

    def url(self, name: str) -> str:
        """The address of one of the views of this ticket."""
        return address(name, self.object.pk)

    @property
    def history_url(self) -> str | None:
        """The audit log, which Wagtail shows to those who may change something."""
        allowed = self.user_has_any_permission(["add", "change", "delete"])
        return self.url("history") if allowed else None

    def get_page_title(self):
        return gettext("Ticket")

    def get_page_subtitle(self):
        return str(self.object)

    def get_breadcrumbs_items(self):
        return [
            *self.breadcrumbs_items,
            {"url": address("list"), "label": gettext("Tickets")},
            {"url": "", "label": str(self.object)},
        ]

    @cached_property
    def header_more_buttons(self):
        work = [
            (Verb.CHANGE, gettext("Change requester or move"), "requester", "user"),
            (Verb.MERGE, gettext("Merge"), "merge", "redirect"),
        ]
        if self.object.merged_into_id is not None:
            work = []
        work.append((Verb.DELETE, gettext("Delete"), "delete", "bin"))
        return [
            Button(label, url=self.url(name), icon_name=icon, priority=20 + place)
            for place, (verb, label, name, icon) in enumerate(work)
            if self.actor.may(verb)
        ]
