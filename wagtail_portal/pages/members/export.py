"""Export of the members: all pages of the list, with its columns."""

from collections.abc import Iterator
from itertools import chain

from django.db.models import Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from wagtail_portal.models import PortalSettings
from wagtail_portal.pages.access import members_only
from wagtail_portal.pages.context import portal_context
from wagtail_portal.pages.exports import FORMATS, count_export, spreadsheet
from wagtail_portal.pages.view_as_views import read_only
from wagtail_portal.permissions import Actor, Verb

from .members import MOST_MEMBERS, state_of, tickets_of
from .query import STATES, MembersQuery
from .views import has_tab, list_url, require

#: Members that are loaded at once; each chunk costs one query.
CHUNK = 500


@members_only
def export_members(request, page, member, kind):
    """Download the list that the parameters ask for."""
    require(has_tab(request) and Actor.for_member(member).may(Verb.VIEW_MEMBER))
    if kind not in FORMATS:
        raise Http404
    if portal_context(request).is_read_only:
        # An agent who views as the member would use up the member's exports.
        return read_only(request, page)
    if not count_export(request, member):
        return redirect(list_url(request, page, member))
    query = MembersQuery(member, request.GET, PortalSettings.current(request).roles)
    return spreadsheet(
        rows(query),
        kind,
        name=gettext("members"),
        title=gettext("Members"),
        widths=[28, 32, 18, 18, 18, 18, 10],
    )


def rows(query: MembersQuery) -> Iterator[list]:
    """Return the headings, a row for each member and, above the limit, a note."""
    head = [
        gettext("Name"),
        gettext("Email address"),
        gettext("Role"),
        gettext("State"),
        gettext("Last active"),
        gettext("Joined"),
        gettext("Tickets"),
    ]
    # The order is fixed at the start, so that no one is exported twice.
    pks = list(query.members().values_list("pk", flat=True)[: MOST_MEMBERS + 1])
    language, zone = translation.get_language(), timezone.get_current_timezone()
    return chain([head], _rows(query, pks, language, zone))


def _rows(query, pks, language, zone) -> Iterator[list]:
    for start in range(0, min(len(pks), MOST_MEMBERS), CHUNK):
        # Another request may have been handled between two chunks.
        with translation.override(language), timezone.override(zone):
            chunk = _rows_of(query, pks[start : min(start + CHUNK, MOST_MEMBERS)])
        yield from chunk
    if len(pks) > MOST_MEMBERS:
        with translation.override(language):
            yield [_limit_note()]


def _rows_of(query, pks) -> list[list]:
    found = query.visible().filter(pk__in=pks).select_related("user", "role")
    loaded = found.annotate(
        tickets_opened=Coalesce(Subquery(tickets_of(query.member)), 0)
    ).in_bulk()
    return [_row(loaded[pk]) for pk in pks if pk in loaded]


def _row(member) -> list:
    seen = member.last_seen_at
    return [
        member.name,
        member.email,
        member.role.localized_name,
        str(STATES[state_of(member)]),
        timezone.localtime(seen) if seen else "",
        timezone.localtime(member.joined_at),
        member.tickets_opened,
    ]


def _limit_note() -> str:
    return ngettext(
        "There are more members than a file can hold. The limit is %(limit)s member. Filter the "
        "list to export the others.",
        "There are more members than a file can hold. The limit is %(limit)s members. Filter the "
        "list to export the others.",
        MOST_MEMBERS,
    ) % {"limit": number_format(MOST_MEMBERS, force_grouping=True)}
