"""The forms on a ticket, except for a reply and the ticket fields."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.actions.tickets.rate_ticket import COMMENT_MAX_LENGTH
from wagtail_portal.fields.form import SUBJECT_MAX_LENGTH, AddressesField
from wagtail_portal.fields.form_fields import CleanCharField, CleanLineField
from wagtail_portal.models import Rating, Score

from .reply_form import ReplyForm


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
        super().__init__(*args, auto_id="id_%s", **kwargs)
        self.fields["score"].error_messages["required"] = _("Select one of the answers.")


class FollowersForm(forms.Form):
    """Teammates who are going to follow the ticket.

    :param teammates: members to choose from.
    :param find_teammates: takes email addresses and returns members by address.
    """

    def __init__(self, *args, teammates, find_teammates, **kwargs):
        super().__init__(*args, auto_id="id_%s", **kwargs)
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


class FollowUpForm(ReplyForm):
    """A reply to a locked ticket, which opens a new one."""

    subject = CleanLineField(label=_("Subject"), max_length=SUBJECT_MAX_LENGTH)

    field_order = ["subject", "body", "attachments"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["body"].label = _("What would you like to add?")
        self.fields["body"].no_hint = True
        self.order_fields(self.field_order)

    def clean(self):
        data = super().clean()
        if not self.errors and not data["body"] and not data["attachments"]:
            self.add_error("body", gettext("Write a message or attach a file."))
        return data
