"""A member, or one of the team, says which mails they want."""

from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import AGENT_EVENTS, MEMBER_EVENTS, NotificationPreferences, When
from wagtail_portal.permissions import Verb


def change_notification_preferences(
    *, by, choices: dict[str, str], watches: bool = False
) -> NotificationPreferences:
    """Keep what ``by`` has chosen for themselves, and return it.

    :param choices: by event, a :class:`~wagtail_portal.models.When`; others are ignored.
    :param watches: whether to tell of tickets, too, in which they take no part.
    :raises NotAllowed: for who may not see tickets.
    """
    by.require(Verb.VIEW)
    if by.user is None:
        raise NotAllowed(Verb.VIEW)
    known = MEMBER_EVENTS if by.member else AGENT_EVENTS
    kept = {str(event): str(When(choices[event])) for event in known if choices.get(event) in When}
    whose = {"member": by.member} if by.member else {"agent": by.user}
    preferences, _created = NotificationPreferences.objects.update_or_create(
        **whose, defaults={"choices": kept, "watches": watches}
    )
    return preferences
