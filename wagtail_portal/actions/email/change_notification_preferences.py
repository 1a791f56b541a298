"""Change the notification preferences of a member or an agent."""

from wagtail_portal.events import Frequency, events_to_choose
from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import NotificationPreferences
from wagtail_portal.permissions import Verb


def change_notification_preferences(
    *, by, choices: dict[str, str], watches: bool = False
) -> NotificationPreferences:
    """Save what ``by`` has chosen for themselves, and return it.

    :param choices: a :class:`~wagtail_portal.events.Frequency` for each event key; unknown ones
        are ignored.
    :param watches: whether to notify them of all visible tickets.
    :raises NotAllowed: for those who may not see tickets.
    """
    by.require(Verb.VIEW)
    if by.user is None:
        raise NotAllowed(Verb.VIEW)
    keys = [event.key for event in events_to_choose(to_team=by.member is None)]
    kept = {key: str(Frequency(choices[key])) for key in keys if choices.get(key) in Frequency}
    whose = {"member": by.member} if by.member else {"agent": by.user}
    preferences, _created = NotificationPreferences.objects.update_or_create(
        **whose, defaults={"choices": kept, "watches": watches}
    )
    return preferences
