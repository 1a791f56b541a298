"""In an agent's account settings: which of the portal's mails they want."""

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.account import BaseSettingsPanel, notifications_tab

from wagtail_portal.actions import change_notification_preferences
from wagtail_portal.models import AGENT_EVENTS, NotificationPreferences, When, when
from wagtail_portal.permissions import Actor, Verb

QUESTIONS = {
    "ticket_opened": _("A ticket of mine is opened"),
    "reply_added": _("Somebody replies in one"),
    "ticket_assigned": _("A ticket is assigned to me, or to my group"),
    "agents_mentioned": _("Somebody mentions me"),
    "status_changed": _("The status of a ticket of mine changes"),
    "fields_changed": _("A field of one changes"),
}


class NotificationPreferencesForm(forms.Form):
    """One question for each event."""

    watches = forms.BooleanField(
        label=_("All tickets that I may see"),
        help_text=_("Not only those that are assigned to me, or to my group and nobody else."),
        required=False,
    )

    def __init__(self, *args, instance, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = instance
        found = (
            NotificationPreferences.objects.filter(agent=instance).first() if instance.pk else None
        )
        for event in AGENT_EVENTS:
            self.fields[str(event)] = forms.ChoiceField(
                label=QUESTIONS[event],
                choices=When.choices,
                initial=when(event, found, to_team=True),
            )
        self.fields["watches"].initial = found.watches if found else False

    def save(self):
        """Keep the choices."""
        choices = dict(self.cleaned_data)
        watches = choices.pop("watches")
        change_notification_preferences(
            by=Actor.for_agent(self.user), choices=choices, watches=watches
        )


class NotificationPreferencesPanel(BaseSettingsPanel):
    """For those who may see tickets."""

    name = "wagtail_portal_mails"
    title = _("Support tickets: mails")
    tab = notifications_tab
    order = 400
    form_class = NotificationPreferencesForm

    def is_active(self):
        return self.user.has_perm(Verb.VIEW)
