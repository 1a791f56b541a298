"""What an agent writes: a reply to the customer, or a note for the team."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.fields.message_form import MessageForm
from wagtail_portal.models import Status


class StatusField(forms.ModelChoiceField):
    """One of the statuses, which the screen has loaded once for all its forms."""

    def __init__(self, statuses, **kwargs):
        super().__init__(Status.objects.all(), empty_label=None, **kwargs)
        self.choices = [(row.pk, row.name) for row in statuses]


class TeamMessageForm(MessageForm):
    """A message of the team.

    :param canned: the canned replies that can be put in; without any, there is no such field.
    """

    rows = 6

    def __init__(self, *args, canned=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.canned = {str(reply.pk): reply for reply in canned}
        if self.canned:
            choices = [("", _("Canned reply…"))]
            self.fields["canned"] = forms.ChoiceField(
                label=_("Canned reply"),
                required=False,
                choices=[*choices, *((key, reply.title) for key, reply in self.canned.items())],
            )

    @property
    def chosen(self):
        """The canned reply that was chosen, if there is such a one."""
        return self.canned.get(self.data.get(self.add_prefix("canned"), ""))

    @property
    def used(self) -> list[str]:
        """Primary keys of the canned replies that were put in before."""
        given = self.data.getlist(self.add_prefix("used")) if self.is_bound else []
        return [key for key in dict.fromkeys(given) if key in self.canned]

    def put_in(self, words: str) -> None:
        """Add a text to what was typed."""
        name = self.add_prefix("body")
        typed = self.data.get(name, "").rstrip()
        self.data = self.data.copy()
        self.data[name] = f"{typed}\n\n{words}" if typed else words
        self.data.appendlist(self.add_prefix("used"), str(self.chosen.pk))
        self.data[self.add_prefix("canned")] = ""

    def clean(self):
        data = super().clean()
        # Not part of the message.
        data.pop("canned", None)
        if not self.errors and self.is_empty:
            self.add_error("body", gettext("Write a message or attach a file."))
        return data


class NoteForm(TeamMessageForm):
    """Something for the team alone."""

    body_label = _("Internal note")


class ReplyForm(TeamMessageForm):
    """Something for the customer, and the status that the ticket has from then on."""

    body_label = _("Reply to the customer")

    def __init__(self, *args, ticket, statuses, may_set_status, **kwargs):
        super().__init__(*args, **kwargs)
        if may_set_status:
            self.fields["status"] = StatusField(
                statuses,
                label=_("Status after this reply"),
                initial=ticket.status.after_reply(from_team=True).pk,
            )
