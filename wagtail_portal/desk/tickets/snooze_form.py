"""The form to snooze a ticket, and how a snooze is described."""

from datetime import UTC, datetime, time, timedelta

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.fields.types.dates import BoundedDateTimeField
from wagtail_portal.models import Snooze
from wagtail_portal.utils.days import LATEST
from wagtail_portal.utils.humanize import exact_time

#: When a day of work begins.
MORNING = time(9)
MONDAY = 0


class SnoozeForm(forms.Form):
    """Until when a ticket is on hold. A time that's entered wins over the choice."""

    REPLY = "reply"

    until = forms.ChoiceField(label=_("Until"), required=False, widget=forms.RadioSelect)
    time = BoundedDateTimeField(
        label=_("Or choose a date and time"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": _("Enter a date and a time.")},
    )
    #: Where the errors of the action are shown.
    names = {"until": "time"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.times = suggested_times(timezone.localtime())
        choices = [(self.REPLY, _("The customer replies"))]
        choices += [(key, label) for key, (label, _time) in self.times.items()]
        self.fields["until"].choices = choices
        self.fields["until"].initial = "tomorrow"
        self.fields["time"].widget.attrs["max"] = f"{LATEST}T00:00"

    def clean(self):
        data = super().clean()
        if not self.errors and not (data["until"] or data["time"]):
            self.add_error("until", gettext("Choose how long to snooze the ticket."))
        return data

    @property
    def arguments(self) -> dict:
        """The arguments for :func:`wagtail_portal.actions.snooze`."""
        data = self.cleaned_data
        if data["time"]:
            return {"until": data["time"]}
        return {"until": self.times[data["until"]][1] if data["until"] in self.times else None}


def suggested_times(now: datetime) -> dict[str, tuple[str, datetime]]:
    """Return times to choose from by key, with their labels."""
    today = now.date()
    days_to_monday = (MONDAY - today.weekday() - 1) % 7 + 1

    def morning(days: int) -> datetime:
        return timezone.make_aware(datetime.combine(today + timedelta(days=days), MORNING))

    # In UTC, because the clock may change until then.
    soon = now.astimezone(UTC) + timedelta(hours=3)
    tomorrow, monday = morning(1), morning(days_to_monday)
    found = {
        "soon": (gettext("In three hours"), soon),
        "tomorrow": (
            gettext("Tomorrow, %(time)s") % {"time": date_format(tomorrow, "TIME_FORMAT")},
            tomorrow,
        ),
        "monday": (
            pgettext("until a time", "Monday, %(time)s")
            % {"time": date_format(monday, "TIME_FORMAT")},
            monday,
        ),
    }
    if monday == tomorrow:
        del found["monday"]
    return found


def snoozed_until(snooze: Snooze) -> str:
    """Return until when a ticket is snoozed, in words."""
    if snooze.until is None:
        return gettext("Snoozed until the customer replies")
    return gettext("Snoozed until %(time)s") % {"time": exact_time(snooze.until)}


def snooze_label(snooze: Snooze | None) -> str:
    """Return what the list says of a ticket's snooze: until when, or why the ticket came back."""
    if snooze is None:
        return ""
    return snoozed_until(snooze) if snooze.is_active else snooze.get_reason_display()
