"""Open a ticket for a customer, for example someone who called."""

from django import forms
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.models import Site

from wagtail_portal import actions
from wagtail_portal.desk.views import DeskPage, add_errors
from wagtail_portal.exceptions import Invalid
from wagtail_portal.fields import get_field_type
from wagtail_portal.fields.form import SUBJECT_MAX_LENGTH
from wagtail_portal.fields.form_fields import CleanLineField
from wagtail_portal.fields.submission import derive_key
from wagtail_portal.models import Channel, Member, PortalSettings, TicketField, Urgency
from wagtail_portal.permissions import Verb, tickets_for_team
from wagtail_portal.uploads import own_uploads, save_form_files
from wagtail_portal.utils.query_params import pk_in
from wagtail_portal.utils.sent_forms import confirm_sent

from .composer_forms import MessageForm, StatusField
from .detail_view import DESK_MEDIA
from .forms import form_context
from .requesters import find_member, member_choices
from .urls import desk_url


class CreateTicketForm(MessageForm):
    """What the customer would have sent, and what the team adds.

    :param specs: the ``FieldSpec`` of each ticket field, by key.
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

    def clean_submission_key(self):
        return derive_key(self.data) if self.cleaned_data["submission_key"] else None

    @property
    def values(self) -> dict:
        """The stored values of the ticket fields that were filled in, by key."""
        found = {
            key: get_field_type(spec.type).to_json(self.cleaned_data[f"field:{key}"])
            for key, spec in self.specs.items()
        }
        return {key: value for key, value in found.items() if value is not None}


class CreateTicketView(DeskPage):
    """Lets the agent choose the customer, then write the ticket."""

    permission_required = Verb.OPEN
    template_name = "wagtail_portal/desk/create_ticket.html"
    page_title = _("Open a ticket for a customer")

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
            return redirect(desk_url("open"))
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
        """Render the form for a ticket of ``member``."""
        return self.render_to_response(self.get_context_data(member=member, form=form))

    def open(self, member, form):
        """Open the ticket, and redirect to it."""
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
        confirm_sent(self.request, form.sent_key)
        messages.success(self.request, gettext("%(ticket)s was opened.") % {"ticket": ticket})
        if not tickets_for_team(self.request.user).filter(pk=ticket.pk).exists():
            return redirect(desk_url("list"))
        return redirect(desk_url("edit", ticket.pk))

    @cached_property
    def settings(self) -> PortalSettings:
        """The settings of the site of this request, or of the default site."""
        site = Site.find_for_request(self.request) or Site.objects.get(is_default_site=True)
        return PortalSettings.cached(site)

    def build_form(self, member: Member, data=None, files=None) -> CreateTicketForm:
        """Return the form, empty or with what was sent."""
        context = form_context(member.organization, self.settings.file_limits, self.request.user)
        fields = TicketField.objects.filter(archived=False).prefetch_related("choices")
        return CreateTicketForm(
            data=data,
            files=files,
            specs={row.key: row.field_type.prepare(row.spec(), context, []) for row in fields},
            statuses=self.settings.statuses,
            may_assign=self.actor.may(Verb.ASSIGN) and self.actor.may(Verb.REPLY),
            file_limits=self.settings.file_limits,
            find_uploads=lambda ids: own_uploads(self.request.user, ids),
        )

    def get_context_data(self, **kwargs):
        form = kwargs.get("form")
        media = form.media + DESK_MEDIA if form else DESK_MEDIA
        return super().get_context_data(
            media=media, open_url=desk_url("open"), list_url=desk_url("list"), **kwargs
        )
