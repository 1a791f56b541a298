"""Whom the log entries of an organization are about."""

from wagtail_portal.models import Invitation, Member


def name_people(rows, organization) -> None:
    """Set ``person`` of each log entry to the name of whom it's about, "" if it's no one or they
    were erased, in two queries for all of them."""
    keys = [key for row in rows if (key := _subject(row))]
    ids = {kind: [pk for found, pk in keys if found == kind] for kind in ("member", "invitation")}
    members = organization.members.filter(pk__in=ids["member"]).select_related("user")
    invitations = Invitation.objects.filter(organization=organization, pk__in=ids["invitation"])
    names: dict[tuple[str, str] | None, str] = {
        **{("member", str(row.pk)): row.name for row in members},
        **{("invitation", str(row.pk)): row.email for row in invitations},
    }
    for row in rows:
        row.person = names.get(_subject(row), "")


def _subject(row) -> tuple[str, str] | None:
    """Return the kind and primary key of the person an entry is about."""
    for kind in ("member", "invitation"):
        if pk := row.data.get(kind):
            return kind, str(pk)
    if row.content_type.model_class() is Member:
        return "member", str(row.object_id)
    return None
