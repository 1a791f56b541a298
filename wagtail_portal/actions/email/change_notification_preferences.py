"""Change the notification preferences of a member or an agent."""

from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import AGENT_EVENTS, MEMBER_EVENTS, NotificationPreferences, When
from wagtail_portal.permissions import Verb


def change_notification_preferences(
    *, by, choices: dict[str, str], watches: bool = False
) -> NotificationPreferences:
    """Save the preferences of ``by``, and return them.

    :param choices: a :class:`~wagtail_portal.models.When` by event; unknown events are ignored.
    :param watches: whether to notify of tickets in which they don't take part, too.
    :raises NotAllowed: unless ``by`` is a person who may see tickets.
    """
    by.require(Verb.VIEW)
    if by.user is None:
        raise NotAllowed(Verb.VIEW)
    known = MEMBER_EVENTS if by.member else AGENT_EVENTS
    chosen = {
        str(event): str(When(choices[event])) for event in known if choices.get(event) in When
    }
    owner = {"member": by.member} if by.member else {"agent": by.user}
    preferences, _created = NotificationPreferences.objects.update_or_create(
        **owner, defaults={"choices": chosen, "watches": watches}
    )
    return preferences
