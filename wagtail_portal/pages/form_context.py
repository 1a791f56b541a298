"""What forms and tickets may look up for a customer."""

from wagtail_portal.fields.context import FormContext
from wagtail_portal.models import Member, PortalSettings
from wagtail_portal.uploads import parse_uuid

from .uploads import find_uploads


def form_context(request, member: Member | None) -> FormContext:
    """Return the lookups of a form that ``member`` fills in; None, in a preview, has no teammates
    and no uploads."""
    members = Member.objects.none()
    if member is not None:
        members = Member.objects.to_choose(member.organization_id, asker=member)
    return FormContext(
        file_limits=PortalSettings.current(request).file_limits,
        find_teammates=lambda addresses: find_teammates(member, addresses),
        find_uploads=lambda ids: find_uploads(member, ids),
        find_members=members.finder(),
    )


def showing_context(request, home) -> FormContext:
    """Return the lookups for showing a ticket below the portal ``home``."""

    def file_url(stored):
        pk = parse_uuid(str(stored.get("id")))
        return home.portal_url(request, "portal_file", pk) if pk else ""

    return FormContext(file_url=file_url)


def find_teammates(member: Member | None, addresses: list[str]) -> dict[str, Member]:
    """Return members of the same organization by lower-case email address, without those who
    have no access."""
    if member is None:
        return {}
    same = Member.objects.with_access().filter(organization_id=member.organization_id)
    found = same.with_addresses(addresses).select_related("user", "role")
    return {teammate.email.lower(): teammate for teammate in found}
