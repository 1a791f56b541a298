"""The address at which a member says which mails they want."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.actions import change_notification_preferences
from wagtail_portal.models import (
    MEMBER_EVENTS,
    NOT_IN_DIGEST,
    Event,
    NotificationPreferences,
    PortalSettings,
    When,
    when,
)
from wagtail_portal.pages.access import members_only
from wagtail_portal.permissions import Actor

#: What each event is called on the page.
QUESTIONS = {
    "ticket_opened": _("A ticket is opened"),
    "reply_added": _("Somebody replies"),
    "status_changed": _("The status changes"),
    "fields_changed": _("A field changes"),
    "satisfaction_asked": _("We ask how it was"),
    "join_requested": _("Somebody asks to come in to the organization"),
}


class NotificationPreferencesForm(forms.Form):
    """One question for each event."""

    def __init__(self, data, *, preferences: NotificationPreferences, asks: bool):
        super().__init__(data)
        self.may_watch = preferences.may_watch
        left_out = set() if asks else {Event.SATISFACTION_ASKED}
        if not preferences.member.role.manages_members:
            left_out.add(Event.JOIN_REQUESTED)
        for event in [event for event in MEMBER_EVENTS if event not in left_out]:
            whens = [row for row in When if row != When.DAILY or event not in NOT_IN_DIGEST]
            self.fields[str(event)] = forms.ChoiceField(
                label=QUESTIONS[event],
                choices=[(row.value, row.label) for row in whens],
                initial=when(event, preferences, to_team=False),
            )
        if self.may_watch:
            self.fields["watches"] = forms.BooleanField(
                label=_("All tickets of my organization"),
                help_text=_("Also those in which I take no part."),
                required=False,
                initial=preferences.watches,
            )


@members_only
def notification_preferences(request, page, member):
    """The choices, and the buttons to keep them."""
    found = NotificationPreferences.objects.filter(member=member).first()
    preferences = found or NotificationPreferences()
    preferences.member = member
    data = request.POST if request.method == "POST" else None
    asks = PortalSettings.current(request).ask_satisfaction
    form = NotificationPreferencesForm(data, preferences=preferences, asks=asks)
    if data is not None and form.is_valid():
        kept = form.cleaned_data
        change_notification_preferences(
            by=Actor.for_member(member),
            choices={
                **preferences.choices,
                **{key: kept[key] for key in QUESTIONS if key in kept},
            },
            watches=kept.get("watches", False),
        )
        messages.success(request, gettext("Your choices are saved."))
        return redirect(request.path)
    context = {"page": page, "form": form}
    return render(request, "wagtail_portal/account/notification_preferences.html", context)
