"""The page on which members choose which emails they get."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.actions import change_notification_preferences
from wagtail_portal.events import events_to_choose
from wagtail_portal.fields.form_fields import KeptChoiceField
from wagtail_portal.models import NotificationPreferences, PortalSettings, frequency_of
from wagtail_portal.pages.access import members_only
from wagtail_portal.permissions import Actor, sees_organization


class NotificationPreferencesForm(forms.Form):
    """One question for each event that members can get emails about."""

    def __init__(self, data, *, preferences: NotificationPreferences, portal: PortalSettings):
        super().__init__(data)
        for event in events_to_choose(to_team=False):
            if event.member_preference.is_offered(preferences.member, portal):
                self.fields[event.key] = KeptChoiceField(
                    label=event.member_preference.question,
                    choices=event.frequencies(),
                    initial=frequency_of(event, preferences, to_team=False),
                )
        if sees_organization(preferences.member):
            self.fields["watches"] = forms.BooleanField(
                label=_("All tickets of my organization"),
                help_text=_("Including tickets I don’t follow."),
                required=False,
                initial=preferences.watches,
            )


@members_only
def notification_preferences(request, page, member):
    """Show the choices, and save them."""
    found = NotificationPreferences.objects.filter(member=member).first()
    preferences = found or NotificationPreferences()
    preferences.member = member
    data = request.POST if request.method == "POST" else None
    portal = PortalSettings.current(request)
    form = NotificationPreferencesForm(data, preferences=preferences, portal=portal)
    if data is not None and form.is_valid():
        chosen = form.cleaned_data
        watches = chosen.pop("watches", False)
        # Questions that weren't asked keep their answer.
        choices = {**preferences.choices, **chosen}
        by = Actor.for_member(member)
        change_notification_preferences(by=by, choices=choices, watches=watches)
        messages.success(request, gettext("Your notification preferences were saved."))
        return redirect(request.path)
    context = {"page": page, "form": form}
    return render(request, "wagtail_portal/account/notification_preferences.html", context)
