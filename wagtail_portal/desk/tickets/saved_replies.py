"""The saved replies that an agent can use in a ticket, and what each of them changes."""

from django.conf import settings
from django.db.models import Q
from django.utils.translation import get_language, gettext
from wagtail.admin.utils import get_user_display_name

from wagtail_portal.fields import get_field_type
from wagtail_portal.models import SavedReply, Ticket, Urgency
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils import markup
from wagtail_portal.utils.humanize import labelled

#: The most saved replies in the list, and those that are shown at once.
LIMIT, SHOWN = 200, 8
#: What changes with them.
RELATED = ("locale", "set_status", "set_assignee", "set_group")


def offered(user, language: str = "") -> list[SavedReply]:
    """Return the saved replies that ``user`` can use, the most used first, each in one language:
    the customer's, or else the agent's, or else the site's."""
    wanted = [language, get_language(), settings.LANGUAGE_CODE]
    order = {code: place for place, code in reversed(list(enumerate(wanted)))}
    best: dict = {}
    found = SavedReply.objects.for_agent(user).select_related(*RELATED).defer("text")
    for reply in found.order_by("-uses", "title", "pk")[: LIMIT * 2]:
        rank = order.get(reply.locale.language_code, len(wanted))
        if reply.translation_key not in best or rank < best[reply.translation_key][0]:
            best[reply.translation_key] = rank, reply
    return [reply for _rank, reply in best.values()][:LIMIT]


def find(replies: list[SavedReply], typed: str) -> list[SavedReply]:
    """Return the first saved replies whose title or text contains all words, with their texts."""
    matching = SavedReply.objects.filter(pk__in=[reply.pk for reply in replies])
    for word in typed.split()[:10]:
        matching = matching.filter(Q(title__icontains=word) | Q(text__icontains=word))
    texts = dict(matching.values_list("pk", "text"))
    found = [reply for reply in replies if reply.pk in texts][:SHOWN]
    for reply in found:
        reply.text = texts[reply.pk]
    return found


def preview(reply: SavedReply, ticket: Ticket, user):
    """Return the text of a saved reply as safe HTML, as it would be sent."""
    return markup.render(reply.fill_for(ticket, user))


def changes_of(reply: SavedReply, actor: Actor, specs: dict) -> dict[str, tuple]:
    """Return what using a saved reply changes, of what the agent may change: the new value and a
    description, by the name of each part.

    :param specs: by key, the ``FieldSpec`` of each ticket field.
    """
    found = {}
    may_change, may_assign = actor.may(Verb.CHANGE), actor.may(Verb.ASSIGN)
    for name, value in reply.changes_by(actor.user).items():
        allowed = may_assign if name in ("assignee", "group") else may_change
        if allowed and (text := _describe(name, value, specs)):
            found[name] = value, text
    return found


def _describe(name: str, value, specs: dict) -> str:
    """Return what a part changes; "" if its ticket field no longer exists."""
    if name == "status":
        return labelled(gettext("Status"), value.name)
    if name == "assignee":
        return labelled(gettext("Assigned to"), get_user_display_name(value))
    if name == "group":
        return labelled(gettext("Group"), value.name)
    if name == "urgency":
        return labelled(gettext("Urgency"), dict(Urgency.choices).get(value, value))
    spec = specs.get(name.removeprefix("field:"))
    return spec and labelled(spec.label, get_field_type(spec.type).display(value, spec)) or ""
