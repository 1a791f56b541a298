"""Forms that are embedded in another page of the site."""

import uuid

from django.http import QueryDict
from wagtail.models import Page, Site

from wagtail_portal.models import Member

#: Namespace of the keys that are made here.
NAMESPACE = uuid.UUID("1d5f3a0e-3df5-4b3e-9c43-0c3a6f0f2b77")


def find_source(request, pk: str):
    """Return the live page of this site with that primary key, or None.

    The browser says which page it was. That informs the team, and gives access to nothing.
    """
    if not pk.isascii() or not pk.isdecimal() or len(pk) > 18:
        return None
    site = Site.find_for_request(request)
    pages = Page.objects.live().public()
    return pages.in_site(site).filter(pk=int(pk)).first() if site else None


def with_key(data: QueryDict, member: Member) -> QueryDict:
    """Return ``data`` with a submission key.

    An embedded form has none: a cache may store its page, and with it one key for many tickets.
    Sent twice, such a form has the same content and the same token.
    """
    if data.get("submission_key") or "source" not in data:
        return data
    content = repr(sorted((name, values) for name, values in data.lists()))
    keyed = data.copy()
    keyed["submission_key"] = str(uuid.uuid5(NAMESPACE, f"{member.pk}:{content}"))
    return keyed
