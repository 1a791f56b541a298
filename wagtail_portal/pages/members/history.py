"""What happened to the members of an organization, for who manages them: Wagtail's audit log."""

from dataclasses import dataclass, field

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext
from wagtail.models import ModelLogEntry

from wagtail_portal.models import Invitation, Member, Organization, display_name

PAGE_SIZE = 50
MOST_PAGES = 200

#: The actions that are shown, and in which words; whatever else the team does is its own.
WORDS = {
    "create_member": lambda data: gettext("%(who)s was added") % data,
    "invite_member": lambda data: gettext("%(who)s was invited") % data,
    "withdraw_invitation": lambda data: gettext("The invitation of %(who)s was withdrawn") % data,
    "accept_invitation": lambda data: gettext("%(who)s accepted the invitation") % data,
    "change_profile": lambda data: gettext("%(who)s changed their name") % data,
    "change_role": lambda data: gettext("%(who)s: role changed from %(old)s to %(new)s") % data,
    "revoke_access": lambda data: gettext("%(who)s lost the access") % data,
    "restore_access": lambda data: gettext("%(who)s got the access back as %(new)s") % data,
    "join_by_domain": lambda data: gettext("%(who)s joined by e-mail domain") % data,
    "ask_to_join": lambda data: gettext("%(who)s asked to join") % data,
    "approve_join_request": lambda data: gettext("%(who)s was let in") % data,
    "decline_join_request": lambda data: gettext("%(who)s was not let in") % data,
    "erase_member": lambda data: gettext("A member was erased") % data,
    "share_filter": lambda data: gettext("A filter was shared") % data,
    "unshare_filter": lambda data: gettext("A filter is not shared any more") % data,
}


@dataclass
class History:
    """One page of it, the newest first."""

    page: int
    has_more: bool = False
    entries: list[dict] = field(default_factory=list)


def history_of(member: Member, page: str) -> History:
    """The page ``page`` of the history of the organization of ``member``, who may see it."""
    number = int(page) if page.isdecimal() and len(page) < 5 else 1
    history = History(min(max(number, 1), MOST_PAGES))
    start = (history.page - 1) * PAGE_SIZE
    rows = list(_entries(member.organization)[start : start + PAGE_SIZE + 1])
    history.has_more = len(rows) > PAGE_SIZE
    rows = rows[:PAGE_SIZE]
    names = _names(rows, member.organization)
    history.entries = [_entry(row, names) for row in rows]
    return history


def _entries(organization):
    types = ContentType.objects.get_for_models(Organization, Member)
    members = organization.members.annotate(key=Cast("pk", CharField())).values("key")
    about = Q(content_type=types[Organization], object_id=str(organization.pk)) | Q(
        content_type=types[Member], object_id__in=members
    )
    shown = [f"wagtail_portal.{name}" for name in WORDS]
    found = ModelLogEntry.objects.filter(about, action__in=shown)
    return found.select_related("user").order_by("-timestamp", "-pk")


def _names(rows, organization) -> dict[tuple[str, str], str]:
    """How everybody is called whom the entries speak of, in two queries for all of them."""
    keys = [key for row in rows if (key := _whom(row))]
    ids = {kind: [pk for found, pk in keys if found == kind] for kind in ("member", "invitation")}
    members = organization.members.filter(pk__in=ids["member"]).select_related("user")
    invitations = Invitation.objects.filter(organization=organization, pk__in=ids["invitation"])
    return {
        **{("member", str(row.pk)): row.name for row in members},
        **{("invitation", str(row.pk)): row.email for row in invitations},
    }


def _whom(row) -> tuple[str, str] | None:
    for kind in ("member", "invitation"):
        if pk := row.data.get(kind):
            return kind, str(pk)
    if row.content_type.model_class() is Member:
        return "member", str(row.object_id)
    return None


def _entry(row, names) -> dict:
    action = row.action.partition(".")[2]
    by_team = row.data.get("side") == "team"
    who = names.get(_whom(row)) or gettext("Somebody who is gone")
    data = {"who": who, "old": _role(row, "old"), "new": _role(row, "new")}
    if row.user is None:
        author = gettext("Support team") if by_team else gettext("Former member")
    else:
        author = display_name(row.user, from_team=by_team)
        if by_team:
            author = gettext("%(name)s (support)") % {"name": author}
    return {"words": WORDS[action](data), "author": author, "at": row.timestamp}


def _role(row, key: str) -> str:
    return (row.data.get(key) or {}).get("name", "")
