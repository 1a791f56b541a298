"""The forms for an agent's reply and internal note."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.fields.message_form import MessageForm
from wagtail_portal.models import Status


class StatusField(forms.ModelChoiceField):
    """One of the statuses, loaded once for all forms of the screen."""

    def __init__(self, statuses, **kwargs):
        super().__init__(Status.objects.all(), empty_label=None, **kwargs)
        self.choices = [(row.pk, row.name) for row in statuses]


class TeamMessageForm(MessageForm):
    """A message from an agent.

    :param saved_replies: the saved replies that can be inserted.
    """

    rows = 6

    def __init__(self, *args, saved_replies=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.saved_replies = {str(reply.pk): reply for reply in saved_replies}
        if self.saved_replies:
            choices = [(key, reply.title) for key, reply in self.saved_replies.items()]
            self.fields["saved_reply"] = forms.ChoiceField(
                label=_("Saved reply"),
                required=False,
                choices=[("", _("Saved reply")), *choices],
            )

    @property
    def chosen(self):
        """The chosen saved reply; None if there's none."""
        return self.saved_replies.get(self.data.get(self.add_prefix("saved_reply"), ""))

    @property
    def used(self) -> list[str]:
        """Primary keys of the saved replies that were inserted before."""
        given = self.data.getlist(self.add_prefix("used")) if self.is_bound else []
        return [key for key in dict.fromkeys(given) if key in self.saved_replies]

    def insert(self, text: str) -> None:
        """Append the chosen saved reply to the text."""
        name = self.add_prefix("body")
        typed = self.data.get(name, "").rstrip()
        self.data = self.data.copy()
        self.data[name] = f"{typed}\n\n{text}" if typed else text
        self.data.appendlist(self.add_prefix("used"), str(self.chosen.pk))
        self.data[self.add_prefix("saved_reply")] = ""

    def clean(self):
        data = super().clean()
        # Not an argument of the action.
        data.pop("saved_reply", None)
        if not self.errors and self.is_empty:
            self.add_error("body", gettext("Write a message or attach a file."))
        return data


class NoteForm(TeamMessageForm):
    """An internal note."""

    body_label = _("Internal note")


class ReplyForm(TeamMessageForm):
    """A reply to the customer, and the status that the ticket gets with it."""

    body_label = _("Reply to the customer")

    def __init__(self, *args, ticket, statuses, may_set_status, **kwargs):
        super().__init__(*args, **kwargs)
        if may_set_status:
            self.fields["status"] = StatusField(
                statuses,
                label=_("Status after reply"),
                initial=ticket.status.after_reply(from_team=True).pk,
            )
