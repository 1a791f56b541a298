"""The page on which members choose which emails they get."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.actions import change_notification_preferences
from wagtail_portal.events import Frequency, events_to_choose
from wagtail_portal.fields.form_fields import KeptChoiceField
from wagtail_portal.models import NotificationPreferences, PortalSettings, frequency_of
from wagtail_portal.pages.access import members_only
from wagtail_portal.permissions import Actor, sees_organization


class NotificationPreferencesForm(forms.Form):
    """One question for each event that members can get emails about."""

    def __init__(self, data, *, preferences: NotificationPreferences, portal: PortalSettings):
        super().__init__(data)
        for event in events_to_choose(to_team=False):
            preference = event.member_preference
            if preference and preference.is_offered(preferences.member, portal):
                self.fields[event.key] = KeptChoiceField(
                    label=preference.question,
                    choices=event.frequencies(),
                    initial=frequency_of(event, preferences, to_team=False),
                )
        #: The columns of the table.
        self.frequencies = Frequency.choices
        if preferences.member and sees_organization(preferences.member):
            self.fields["watches"] = forms.BooleanField(
                label=_("All tickets of my organization"),
                help_text=_("Including tickets I don’t follow."),
                required=False,
                initial=preferences.watches,
            )

    @property
    def rows(self) -> list[dict]:
        """The rows of the table: each question with a cell for each frequency."""
        return [
            {"field": self[name], "cells": self._cells(field, str(self[name].value()))}
            for name, field in self.fields.items()
            if name != "watches"
        ]

    def _cells(self, field, chosen: str) -> list[dict]:
        offered = dict(field.choices)
        return [
            {
                "value": value,
                "label": label,
                "offered": value in offered,
                "chosen": value == chosen,
            }
            for value, label in self.frequencies
        ]


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
