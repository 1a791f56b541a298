"""Teammates mentioned in a reply, who can be added as followers after a confirmation."""

from django.db.models import Q

from wagtail_portal.models import Member, Ticket
from wagtail_portal.utils.mentions import names_after_at, words_after_at
from wagtail_portal.utils.users import user_name_fields

#: How many words and members are considered at most.
WORDS, MEMBERS = 10, 50


def mentioned_teammates(ticket: Ticket, member: Member, text: str) -> list[Member]:
    """Return the teammates whom ``text`` mentions, as in ``@Ada Byron`` or ``@Ada``, and who don't
    take part in the ticket yet. One query, if there is an @.

    Only those whom the author can see are found, and by a short name only if it's one person's.
    """
    words = words_after_at(text)[:WORDS]
    if not words:
        return []
    begins = Q()
    for word in words:
        for name in user_name_fields():
            begins |= Q(**{f"user__{name}__istartswith": word})
    found = (
        Member.objects.visible_to(member)
        .with_access()
        .filter(begins, user__is_active=True)
        .exclude(pk__in=[member.pk, ticket.requester_id])
        .exclude(follower_links__ticket=ticket)
        .select_related("user")
        .order_by("pk")[:MEMBERS]
    )
    by_name: dict[str, list[Member]] = {}
    for row in found:
        for name in {row.name.casefold(), row.short_name.casefold()}:
            by_name.setdefault(name, []).append(row)
    names = names_after_at(text, by_name)
    meant = [by_name[name][0] for name in names if len(by_name[name]) == 1]
    return list(dict.fromkeys(meant))
