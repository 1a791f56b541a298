"""Opening a ticket on behalf of a customer: somebody who called, for example."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.models import Site

from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid
from wagtail_portal.fields import FormContext, get_field_type
from wagtail_portal.fields.form import SUBJECT_MAX_LENGTH
from wagtail_portal.fields.form_fields import CleanLineField
from wagtail_portal.models import Channel, Member, PortalSettings, TicketField, Urgency
from wagtail_portal.permissions import Actor, Verb, tickets_for_team
from wagtail_portal.uploads import save_form_files, unsent_uploads
from wagtail_portal.utils.query_params import pk_in

from .composer_forms import MessageForm, StatusField
from .detail_view import DESK_MEDIA
from .forms import add_errors
from .requesters import find_member, member_choices
from .urls import address, file_url


class CreateTicketForm(MessageForm):
    """What the customer would have sent, and what the team knows of it already.

    :param specs: by key, the ``FieldSpec`` of each ticket field.
    """

    body_label = _("Message")

    def __init__(self, *args, specs, statuses, may_assign, **kwargs):
        super().__init__(*args, **kwargs)
        message = dict(self.fields)
        self.specs = specs
        self.fields = {
            "submission_key": message["submission_key"],
            "subject": CleanLineField(label=_("Subject"), max_length=SUBJECT_MAX_LENGTH),
            "body": message["body"],
            "attachments": message["attachments"],
            "status": StatusField(statuses, label=_("Status"), initial=statuses[0].pk),
            "urgency": forms.ChoiceField(
                label=_("Urgency"), choices=Urgency.choices, initial=Urgency.NORMAL
            ),
        }
        self.fields["body"].help_text = _(
            "Sent to the customer as a message from you. Supports Markdown."
        )
        if may_assign:
            self.fields["mine"] = forms.BooleanField(
                label=_("Assign to me"), required=False, initial=True
            )
        for key, spec in specs.items():
            field = get_field_type(spec.type).form_field(spec)
            field.label, field.help_text, field.required = spec.label, spec.help_text, False
            self.fields[f"field:{key}"] = field

    @property
    def values(self) -> dict:
        """The ticket fields that were filled in, in their stored form."""
        found = {
            key: get_field_type(spec.type).to_json(self.cleaned_data[f"field:{key}"])
            for key, spec in self.specs.items()
        }
        return {key: value for key, value in found.items() if value is not None}


class CreateTicketView(PermissionCheckedMixin, WagtailAdminTemplateMixin, View):
    """First the customer is looked for, then the ticket is written."""

    permission_required = "add"
    template_name = "wagtail_portal/desk/create_ticket.html"
    page_title = _("Open a ticket for a customer")
    header_icon = "mail"

    def get(self, request, *args, **kwargs):
        member = find_member(request.user, pk_in(request.GET, "member"))
        if member is None:
            typed = request.GET.get("q", "")
            choices = member_choices(request.user, typed)
            return self.render_to_response(
                self.get_context_data(choices=choices, typed=typed, member=None, form=None)
            )
        return self.show(member, self.build_form(member))

    def post(self, request, *args, **kwargs):
        member = find_member(request.user, pk_in(request.POST, "member"))
        if member is None:
            return redirect(address("open"))
        form = self.build_form(member, request.POST, request.FILES)
        if form.is_valid():
            try:
                return self.open(member, form)
            except Invalid as error:
                add_errors(form, error)
        messages.validation_error(request, gettext("Nothing was sent. See the errors below."), form)
        save_form_files(form, by=self.actor, site=self.settings.site)
        return self.show(member, form)

    def show(self, member, form):
        """The form for a ticket of ``member``."""
        return self.render_to_response(self.get_context_data(member=member, form=form))

    def open(self, member, form):
        """Open the ticket, and go there."""
        data = form.cleaned_data
        mine = {"assignee": self.request.user} if data.get("mine") else {}
        ticket = actions.open_ticket(
            site=self.settings.site,
            requester=member,
            by=self.actor,
            channel=Channel.DESK,
            values=form.values,
            **{key: data[key] for key in ("subject", "body", "attachments", "status", "urgency")},
            submission_key=data["submission_key"],
            **mine,
        )
        messages.success(self.request, gettext("%(ticket)s was opened.") % {"ticket": ticket})
        if not tickets_for_team(self.request.user).filter(pk=ticket.pk).exists():
            return redirect(address("list"))
        return redirect(address("edit", ticket.pk))

    @cached_property
    def actor(self) -> Actor:
        """The agent who opens it."""
        return Actor.for_agent(self.request.user)

    @cached_property
    def settings(self) -> PortalSettings:
        """Those of the site on which the admin was opened, else of the default one."""
        site = Site.find_for_request(self.request) or Site.objects.get(is_default_site=True)
        return PortalSettings.cached(site)

    def build_form(self, member: Member, data=None, files=None) -> CreateTicketForm:
        """The form, empty or with what was sent."""
        members = Member.objects.to_choose(member.organization)
        context = FormContext(
            file_limits=self.settings.file_limits,
            find_teammates=lambda addresses: {
                row.email.lower(): row for row in members.with_addresses(addresses)
            },
            find_members=members.finder(),
            file_url=file_url,
        )
        fields = TicketField.objects.filter(archived=False).prefetch_related("choices")
        return CreateTicketForm(
            data=data,
            files=files,
            specs={row.key: row.field_type.prepare(row.spec(), context, []) for row in fields},
            statuses=self.settings.statuses,
            may_assign=self.actor.may(Verb.ASSIGN) and self.actor.may(Verb.REPLY),
            file_limits=self.settings.file_limits,
            find_uploads=lambda ids: unsent_uploads(self.request.user, ids),
        )

    def get_context_data(self, **kwargs):
        form = kwargs.get("form")
        media = form.media + DESK_MEDIA if form else DESK_MEDIA
        return super().get_context_data(
            media=media, open_url=address("open"), list_url=address("list"), **kwargs
        )

    def get_breadcrumbs_items(self):
        return [
            *self.breadcrumbs_items,
            {"url": address("list"), "label": gettext("Tickets")},
            {"url": "", "label": self.page_title},
        ]

    def dispatch(self, request, *args, **kwargs):
        if not Actor.for_agent(request.user).may(Verb.OPEN):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)
