"""The forms on a ticket: replies, ticket fields, ratings, followers and follow-ups."""

from typing import Any

from django import forms
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal import conf
from wagtail_portal.actions import preview
from wagtail_portal.actions.tickets.rate_ticket import COMMENT_MAX_LENGTH
from wagtail_portal.exceptions import ActionError
from wagtail_portal.fields.followers import AddressesField
from wagtail_portal.fields.form import SUBJECT_MAX_LENGTH
from wagtail_portal.fields.form_fields import (
    CleanCharField,
    CleanLineField,
    EmailAddressField,
    MessageField,
)
from wagtail_portal.fields.message_form import MessageForm
from wagtail_portal.fields.submission import derive_key
from wagtail_portal.fields.ticket_fields_form import TicketFieldsForm
from wagtail_portal.models import PortalSettings, Rating, Score
from wagtail_portal.pages.forms import add_action_error, find_uploads
from wagtail_portal.utils.query_params import parse_moment

THEIRS, MINE = "theirs", "mine"
#: Characters of a newer text that are shown where it's about to be overwritten.
CURRENT_LENGTH = 500


class PreviewMixin(forms.Form):
    """A form with a text that can be previewed."""

    @property
    def preview_errors(self):
        """Why there's no preview."""
        return self.errors.get("body") or self.non_field_errors()

    def preview(self, by) -> SafeString | None:
        """Return the text as safe HTML; None, and an error in the form, if it's refused."""
        # A refused file doesn't prevent a preview, only an error in the text does.
        self.is_valid()
        body = self.cleaned_data.get("body")
        if body is None:
            return None
        try:
            return preview(by=by, body=body)
        except ActionError as error:
            add_action_error(self, error)
            return None


class ReplyForm(PreviewMixin, MessageForm):
    """A customer's reply."""

    body_label = _("Your reply")

    @classmethod
    def for_member(cls, request, member, *data, **kwargs):
        """Return the form with the portal's limits on files and the member's uploads."""
        return cls(
            *data,
            auto_id="id_%s",
            file_limits=PortalSettings.current(request).file_limits,
            find_uploads=lambda ids: find_uploads(member, ids),
            **kwargs,
        )


class EditMessageForm(PreviewMixin):
    """The corrected text of a message."""

    #: The text as safe HTML, if a preview was requested.
    previewed: SafeString | None = None
    has_composer = True
    data: Any
    #: When the text that is changed was written.
    original = forms.CharField(
        required=False,
        # What replaces a newer text belongs to another draft.
        widget=forms.HiddenInput(attrs={"data-portal-draft-value": ""}),
    )

    def __init__(self, *args, message, initial=(), **kwargs):
        known = {"body": message.body, "original": message.written_at.isoformat()}
        kwargs["initial"] = known | dict(initial)
        super().__init__(*args, **{"auto_id": "id_%s", **kwargs})
        self.fields["body"] = MessageField(
            label=_("Message"),
            required=False,
            max_length=conf.MESSAGE_MAX_LENGTH,
            widget=forms.Textarea(attrs={"rows": 10}),
        )
        self.fields["body"].no_hint = True

    def clean_original(self):
        return parse_moment(self.cleaned_data["original"])

    def show_conflict(self, message) -> None:
        """Show a newer text, so that sending the form again overwrites it."""
        self.data = self.data.copy()
        self.data["original"] = message.written_at.isoformat()
        text = gettext(
            "You changed this message somewhere else while you were editing it here. Save again to "
            "overwrite that. It now says: %(text)s"
        )
        current = Truncator(message.body).chars(CURRENT_LENGTH) or gettext("nothing")
        self.add_error("body", text % {"text": current})


class CustomerFieldsForm(TicketFieldsForm):
    """Show both values where someone else changed the same field, and let the customer choose.

    :param designations: the fields that customers can change.
    """

    def __init__(self, data=None, *, designations, **kwargs):
        specs = {row.key: row.ticket_field and row.ticket_field.spec() for row in designations}
        super().__init__(data, specs=specs, **kwargs)
        #: Keys of the fields of which both values are shown.
        self.conflicts = {key for key in specs if self._choice(key) in (THEIRS, MINE)}

    def _choice(self, key: str) -> str | None:
        return self.data.get(self.add_prefix(f"use-{self.names[key]}"))

    def keeps_current(self, key):
        return key in self.conflicts and self._choice(key) != MINE

    def show_conflicts(self, current):
        super().show_conflicts(current)
        self.conflicts |= current.keys()

    @property
    def rows(self) -> list[dict]:
        """What the template shows of each field: the form field, or the choice between values."""
        return [
            {"field": self[name], "conflict": self._both(key) if key in self.conflicts else None}
            for key, name in self.names.items()
        ]

    def _both(self, key: str) -> dict:
        name, cleaned = self.names[key], getattr(self, "cleaned_data", {})
        mine = self._to_json(key, cleaned[name]) if name in cleaned else None
        return {
            "name": self.add_prefix(f"use-{name}"),
            "mine": self.display(key, mine),
            "theirs": self.display(key, self.original[key]),
            "chosen": self._choice(key) or THEIRS,
        }


class RatingForm(forms.Form):
    """A rating of the support that the member got."""

    prefix = "rating"

    score = forms.ChoiceField(
        label=_("How did we do?"), choices=Score.choices, widget=forms.RadioSelect
    )
    comment = CleanCharField(
        label=_("What would you like us to know?"),
        required=False,
        max_length=COMMENT_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args, rating: Rating | None, **kwargs):
        said = {"score": rating.score, "comment": rating.comment} if rating else {}
        kwargs["initial"] = said | (kwargs.get("initial") or {})
        super().__init__(*args, **{"auto_id": "id_%s", **kwargs})
        self.fields["score"].error_messages["required"] = _("Select one of the answers.")


class FollowersForm(forms.Form):
    """Teammates who are going to follow the ticket.

    :param teammates: members to choose from.
    :param find_teammates: takes email addresses and returns members by address.
    """

    def __init__(self, *args, teammates, find_teammates, **kwargs):
        super().__init__(*args, **{"auto_id": "id_%s", **kwargs})
        self.by_key = {str(member.pk): member for member in teammates}
        if self.by_key:
            self.fields["teammates"] = forms.MultipleChoiceField(
                label=_("Teammates"),
                required=False,
                choices=[(key, member.name) for key, member in self.by_key.items()],
                widget=forms.CheckboxSelectMultiple,
                error_messages={"invalid_choice": _("Select options from the list.")},
            )
        self.fields["addresses"] = AddressesField(
            label=_("Email addresses"),
            required=False,
            max_length=2000,
            help_text=_("Email addresses of people in your organization, separated by commas."),
            find_teammates=find_teammates,
        )
        for field in self.fields.values():
            field.no_hint = True

    @property
    def members(self) -> list:
        """The members to add, each once."""
        chosen = [self.by_key[key] for key in self.cleaned_data.get("teammates", [])]
        found = [*chosen, *self.cleaned_data["addresses"]]
        return list({member.pk: member for member in found}.values())


class GuestForm(forms.Form):
    """Someone outside of the organization to share the ticket with."""

    email = EmailAddressField(
        label=_("Email address"),
        help_text=_(
            "We’ll email them a link. They sign in with a code that we send to this address."
        ),
        error_messages={"required": _("Enter an email address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="id_%s", **kwargs)
        self.fields["email"].no_hint = True


class FollowUpForm(ReplyForm):
    """A reply to a locked ticket, which opens a new one."""

    subject = CleanLineField(
        label=_("Subject"),
        max_length=SUBJECT_MAX_LENGTH,
        error_messages={"required": _("Enter a subject.")},
    )

    field_order = ["subject", "body", "attachments"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["body"].label = _("What would you like to add?")
        self.fields["body"].no_hint = True
        self.fields["attachments"].help_text = self.fields["attachments"].limits.describe()
        self.order_fields(self.field_order)

    def clean_submission_key(self):
        return derive_key(self.data) if self.cleaned_data["submission_key"] else None

    def clean(self):
        data = super().clean()
        if not self.errors and not data["body"] and not data["attachments"]:
            self.add_error("body", gettext("Write a message or attach a file."))
        return data
