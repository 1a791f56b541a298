"""Members of the same organization, for who adds them to a ticket."""

from wagtail_portal.models import Member


def find_teammates(member: Member | None, addresses: list[str]) -> dict[str, Member]:
    """Members of the same organization by lower-case address, those without access left out."""
    if member is None:
        return {}
    same = Member.objects.with_access().filter(organization_id=member.organization_id)
    found = same.with_addresses(addresses).select_related("user", "role")
    return {teammate.email.lower(): teammate for teammate in found}
