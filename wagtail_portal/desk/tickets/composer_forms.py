"""The forms for an agent's reply and internal note."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.fields.message_form import MessageForm
from wagtail_portal.models import Status
from wagtail_portal.utils.typing import Mixin


class StatusField(forms.ModelChoiceField):
    """One of the statuses, loaded once for all forms of the screen."""

    def __init__(self, statuses, **kwargs):
        super().__init__(Status.objects.all(), empty_label=None, **kwargs)
        self.choices = [(row.pk, row.name) for row in statuses]


class OriginalsMixin(Mixin):
    """Sends the values that the form was shown with. So only what the agent changed is saved, and
    newer values of others aren't overwritten unnoticed."""

    #: The names of the fields.
    originals_of: tuple[str, ...] = ()
    data: Any

    def add_originals(self) -> None:
        """Add a hidden field for each of the fields."""
        for name in self.originals_of:
            value = self.fields[name].initial
            self.fields[f"{name}_was"] = forms.CharField(
                widget=forms.HiddenInput, required=False, initial="" if value is None else value
            )

    def _was(self, name: str) -> str | None:
        return self.data.get(self.add_prefix(f"{name}_was"))

    @property
    def originals(self) -> dict:
        """The original values by field; unknown ones are left out."""
        found = {}
        for name in self.originals_of:
            was = self._was(name)
            if was is not None:
                try:
                    found[name] = self.fields[name].to_python(was)
                except forms.ValidationError:
                    # It's no longer offered, so the ticket has another one by now.
                    found[name] = was
        return found

    @property
    def changes(self) -> dict:
        """The values that the agent changed, by field."""
        found = {
            name: self.cleaned_data[name]
            for name in self.originals_of
            if self.add_prefix(name) in self.data
        }
        return {
            name: value
            for name, value in found.items()
            if self._was(name) != str("" if value is None else getattr(value, "pk", value))
        }

    def show_conflicts(self, current: dict, changed_by: str) -> None:
        """Say what someone else changed, and take over the newer values, so that sending the form
        again overwrites them.

        :param current: the newer values by field.
        :param changed_by: the name of who changed them.
        """
        self.data = self.data.copy()
        for name, value in current.items():
            self.data[self.add_prefix(f"{name}_was")] = str(
                "" if value is None else getattr(value, "pk", value)
            )
            self.add_error(name, conflict_message(changed_by, self.display(name, value)))

    def display(self, name: str, value) -> str:
        """Return a value as text."""
        field = self.fields[name]
        if value is None:
            return str(field.empty_label)
        label = getattr(field, "label_from_instance", str)
        return label(value)


def conflict_message(changed_by: str, value: str) -> str:
    """Return the error at a field that someone else changed in the meantime."""
    text = gettext(
        "%(name)s changed this to “%(value)s” while you were editing. Save again to overwrite it."
    )
    return text % {"name": changed_by, "value": value}


def raw_values(field: forms.Field, value) -> list[str]:
    """Return a value as a browser would send it for the field."""
    value = field.prepare_value(getattr(value, "pk", value))
    if isinstance(value, bool):
        return ["on"] if value else []
    shown = field.widget.format_value(value)
    return [str(one) for one in (shown if isinstance(shown, list) else [shown])]


class TeamMessageForm(MessageForm):
    """A message from an agent, and what the saved replies in it change.

    :param saved_replies: the saved replies that can be used.
    :param changes_of: takes a saved reply, and returns the new value and a description of each part
        of the ticket that it changes, by name.
    """

    rows = 6
    #: Whether there has to be a text or a file, unless a saved reply changes something.
    needs_message = True
    data: Any

    def __init__(self, *args, saved_replies=(), changes_of=lambda reply: {}, **kwargs):
        super().__init__(*args, **kwargs)
        self.saved_replies = {str(reply.pk): reply for reply in saved_replies}
        self.changes_of = changes_of
        #: Saved replies with previews, if the agent has searched for one.
        self.found = None
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
    def typed(self) -> str:
        """What the agent searches for among the saved replies."""
        return self.data.get(self.add_prefix("search"), "")[:100]

    @property
    def shown_replies(self) -> list:
        """The saved replies to choose from: those that were found, or the most used."""
        return list(self.saved_replies.values())[:8] if self.found is None else self.found

    @property
    def used(self) -> list[str]:
        """Primary keys of the saved replies that were inserted before."""
        given = self.data.getlist(self.add_prefix("used")) if self.is_bound else []
        return [key for key in dict.fromkeys(given) if key in self.saved_replies]

    def own_changes_of(self, reply) -> dict[str, tuple]:
        """Return what a saved reply changes with this message, apart from what the form has a
        field of its own for."""
        found = self.changes_of(reply)
        return {name: part for name, part in found.items() if name not in self.fields}

    def offer(self, reply, ticked=None) -> list[dict]:
        """Return the changes of a saved reply to be ticked; all of them are, unless ``ticked``
        says which."""
        parts = [
            {"value": f"{reply.pk}:{name}", "label": label}
            for name, (_value, label) in self.own_changes_of(reply).items()
        ]
        return [{**part, "ticked": ticked is None or part["value"] in ticked} for part in parts]

    @property
    def offered_changes(self) -> list[dict]:
        """The changes of all saved replies that were inserted."""
        ticked = self._ticked
        return [part for key in self.used for part in self.offer(self.saved_replies[key], ticked)]

    @property
    def _ticked(self) -> list[str]:
        return self.data.getlist(self.add_prefix("change")) if self.is_bound else []

    @property
    def ticked_changes(self) -> dict:
        """The new values of the parts of the ticket that change with the message, by name. Of two
        saved replies that change the same, the later one counts."""
        ticked, found = self._ticked, {}
        for key in self.used:
            for name, (value, _label) in self.own_changes_of(self.saved_replies[key]).items():
                if f"{key}:{name}" in ticked:
                    found[name] = value
        return found

    def insert(self, text: str) -> None:
        """Append the chosen saved reply to the text, and tick what it changes."""
        name, chosen = self.add_prefix("body"), self.chosen
        typed = self.data.get(name, "").rstrip()
        self.data = self.data.copy()
        self.data[name] = f"{typed}\n\n{text}" if typed and text else typed or text
        self.data.appendlist(self.add_prefix("used"), str(chosen.pk))
        for part in self.offer(chosen):
            self.data.appendlist(self.add_prefix("change"), part["value"])
        for field, raw in self.fills(chosen).items():
            self.data.setlist(self.add_prefix(field), raw)
        self.data[self.add_prefix("saved_reply")] = ""

    def fills(self, reply) -> dict[str, list[str]]:
        """Return what a saved reply fills in, as a browser sends it, by the name of each part that
        the form has a field of its own for."""
        return {
            name: raw_values(self.fields[name], self.form_value(name, value))
            for name, (value, _label) in self.changes_of(reply).items()
            if name in self.fields
        }

    def form_value(self, name: str, value):
        """Return the value that a saved reply gives to a part of the ticket, for its form field."""
        return value

    @property
    def inputs(self) -> dict[str, str]:
        """The names of the inputs for saved replies in HTML."""
        names = ("saved_reply", "search", "used", "change")
        return {name: self.add_prefix(name) for name in names}

    def clean(self):
        data = super().clean()
        # Not an argument of the action.
        data.pop("saved_reply", None)
        is_missing = self.needs_message and not self.errors and self.is_empty
        if is_missing and not self.changes_alone:
            self.add_error("body", gettext("Write a message or attach a file."))
        return data

    @property
    def changes_alone(self) -> dict:
        """What the saved replies change if no message is sent with them."""
        found = dict(self.ticked_changes)
        if any("status" in self.fills(self.saved_replies[key]) for key in self.used):
            found |= {"status": self.cleaned_data.get("status")}
        return {name: value for name, value in found.items() if value is not None}


class NoteForm(TeamMessageForm):
    """An internal note."""

    body_label = _("Internal note")


class ReplyForm(OriginalsMixin, TeamMessageForm):
    """A reply to the customer, and the status that the ticket gets with it."""

    body_label = _("Reply to the customer")

    def __init__(self, *args, ticket, statuses, may_set_status, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["copies"] = forms.CharField(
            label=_("Send a copy to"),
            required=False,
            max_length=1000,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
            help_text=_(
                "Email addresses, separated by commas. They get the reply and its files, but no "
                "access to the ticket."
            ),
        )
        self.fields["copies_shown"] = forms.BooleanField(
            label=_("Customers see these addresses"), required=False
        )
        if may_set_status:
            self.fields["status"] = StatusField(
                statuses,
                label=_("Status after reply"),
                initial=ticket.status.after_reply(from_team=True).pk,
            )
            # What the reply changes is the ticket's status.
            self.originals_of = ("status",)
            self.add_originals()
            self.fields["status_was"].initial = ticket.status_id

    @property
    def arguments(self) -> dict:
        """The arguments for :func:`wagtail_portal.actions.reply`."""
        arguments = {**self.cleaned_data}
        arguments.pop("status_was", None)
        arguments["copies"] = [arguments.pop("copies", "")]
        return arguments | {"original_status": self.originals.get("status")}
