"""Colleagues who are named in a note: ``@Hanna Vos`` or ``@hanna``."""

import re

from wagtail_portal.permissions import Actor, Verb, agents


def mentioned_agents(ticket, body: str, *, by) -> list:
    """The agents whom ``body`` names and who may see the ticket, but for the author."""
    if "@" not in body:
        return []
    names = {}
    for user in agents():
        for name in (user.get_full_name().strip(), user.get_username()):
            if name:
                # Two of the same name are both meant.
                names.setdefault(name.casefold(), []).append(user)
    if not names:
        return []
    # The longest first: "Ann Lee" is not Ann. In an address, nobody is meant.
    choice = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    found = re.findall(rf"(?<!\w)@({choice})(?!\w)", body.casefold())
    meant = {user.pk: user for name in found for user in names[name] if user != by.user}
    return [user for user in meant.values() if Actor.for_agent(user).may(Verb.VIEW, ticket)]
