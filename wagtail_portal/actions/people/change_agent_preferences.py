"""Remember how an agent likes to work."""

from django.utils.translation import gettext

from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import AfterSending, AgentPreferences
from wagtail_portal.permissions import Actor, Verb


def change_agent_preferences(*, by: Actor, after_sending: str) -> AgentPreferences:
    """Change an agent's preferences and return them.

    :param after_sending: one of :class:`~wagtail_portal.models.AfterSending`.
    :raises NotAllowed: unless ``by`` is an agent who may see tickets.
    :raises Invalid: with the key ``after_sending`` for anything else.
    """
    by.require_team(Verb.VIEW)
    if after_sending not in AfterSending.values:
        raise Invalid({"after_sending": gettext("Select where to go after sending.")})
    found = AgentPreferences.of(by.user)
    if found.after_sending != after_sending:
        found, _created = AgentPreferences.objects.update_or_create(
            user=by.user, defaults={"after_sending": after_sending}
        )
    return found
