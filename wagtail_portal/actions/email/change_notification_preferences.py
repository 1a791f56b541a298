"""Change the notification preferences of a member or an agent."""

from django.db import transaction

from wagtail_portal.actions._locks import reload_actor
from wagtail_portal.events import Frequency, events_to_choose
from wagtail_portal.models import NotificationPreferences
from wagtail_portal.permissions import Actor, Verb


def change_notification_preferences(
    *, by: Actor, choices: dict[str, str], watches: bool = False
) -> NotificationPreferences:
    """Save the notification preferences of ``by``, and return them.

    :param choices: a :class:`~wagtail_portal.events.Frequency` for each event key; unknown ones
        are ignored.
    :param watches: whether to notify them of all visible tickets.
    :raises NotAllowed: unless ``by`` is a member or an agent who may see tickets.
    """
    by.require_user(Verb.VIEW)
    keys = [event.key for event in events_to_choose(to_team=by.is_team)]
    choices = {key: str(Frequency(choices[key])) for key in keys if choices.get(key) in Frequency}
    owner = {"agent": by.user} if by.is_team else {"member": by.member}
    with transaction.atomic():
        # They may have been erased a moment ago.
        reload_actor(by)
        by.require_user(Verb.VIEW)
        preferences, _created = NotificationPreferences.objects.update_or_create(
            **owner, defaults={"choices": choices, "watches": watches}
        )
    return preferences
