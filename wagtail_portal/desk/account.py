"""Notification preferences in an agent's account settings."""

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.account import BaseSettingsPanel, notifications_tab

from wagtail_portal.actions import change_notification_preferences
from wagtail_portal.events import events_to_choose
from wagtail_portal.fields.form_fields import KeptChoiceField
from wagtail_portal.models import NotificationPreferences, frequency_of
from wagtail_portal.permissions import Actor, Verb


class NotificationPreferencesForm(forms.Form):
    """How often to notify the agent of each event."""

    watches = forms.BooleanField(
        label=_("All tickets I can see"),
        help_text=_("Not only tickets assigned to me, or to my group and no one else."),
        required=False,
    )

    def __init__(self, *args, instance, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = instance
        found = (
            NotificationPreferences.objects.filter(agent=instance).first() if instance.pk else None
        )
        for event in events_to_choose(to_team=True):
            self.fields[event.key] = KeptChoiceField(
                label=event.agent_preference.question,
                choices=event.frequencies(),
                initial=frequency_of(event, found, to_team=True),
            )
        self.fields["watches"].initial = found.watches if found else False

    def save(self):
        """Save the choices."""
        choices = dict(self.cleaned_data)
        watches = choices.pop("watches")
        change_notification_preferences(
            by=Actor.for_agent(self.user), choices=choices, watches=watches
        )


class NotificationPreferencesPanel(BaseSettingsPanel):
    """Shown to agents who can see tickets."""

    name = "wagtail_portal_emails"
    title = _("Support ticket notifications")
    tab = notifications_tab
    order = 400
    form_class = NotificationPreferencesForm

    def is_active(self):
        return self.user.has_perm(Verb.VIEW)
