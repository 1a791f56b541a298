"""The history of an organization's members, from Wagtail's audit log."""

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext
from wagtail.models import ModelLogEntry

from wagtail_portal.log_entries import LOG_ENTRY_TYPES, entry_type_of
from wagtail_portal.log_entries.entry_type import named
from wagtail_portal.log_entries.people import name_people
from wagtail_portal.models import Member, Organization, display_name

PAGE_SIZE = 50
MOST_PAGES = 200


def history_of(organization: Organization, page: int) -> tuple[list[dict], bool]:
    """Return a page of the history of an organization, newest first, and whether there's another.

    :param page: counted from 1.
    """
    start = (page - 1) * PAGE_SIZE
    rows = list(_entries(organization)[start : start + PAGE_SIZE + 1])
    name_people(rows[:PAGE_SIZE], organization)
    return [_entry(row) for row in rows[:PAGE_SIZE]], len(rows) > PAGE_SIZE


def _entries(organization):
    types = ContentType.objects.get_for_models(Organization, Member)
    members = organization.members.annotate(key=Cast("pk", CharField())).values("key")
    about = Q(content_type=types[Organization], object_id=str(organization.pk)) | Q(
        content_type=types[Member], object_id__in=members
    )
    shown = [row.name for row in LOG_ENTRY_TYPES.values() if row.history]
    found = ModelLogEntry.objects.filter(about, action__in=shown)
    return found.select_related("user").order_by("-timestamp", "-pk")


def _entry(row) -> dict:
    by_team = row.data.get("side") == "team"
    who = row.person or gettext("Former member")
    data = {"who": who, "old": named(row, "old"), "new": named(row, "new")}
    if row.user is None:
        author = gettext("Support team") if by_team else gettext("Former member")
    else:
        author = display_name(row.user, from_team=by_team)
        if by_team:
            author = gettext("%(name)s (support team)") % {"name": author}
    return {
        "text": entry_type_of(row).history % data,
        "author": author,
        "created_at": row.timestamp,
    }
