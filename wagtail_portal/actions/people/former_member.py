"""The requester of anonymized tickets."""

from wagtail_portal.models import ERASED_DOMAIN, Member, Organization, Role

from .provision_user import provision_user


def former_member(organization: Organization) -> Member:
    """Return the member of a locked organization who stands for all those whose tickets were
    anonymized. Nobody can sign in as this member, who is shown like an erased one."""
    user = provision_user(f"former-{organization.pk}@{ERASED_DOMAIN}")
    if user.is_active:
        user.is_active = False
        user.save(update_fields=["is_active"])
    role = Role.objects.get(key=Role.NO_ACCESS)
    values = {"user": user, "organization": organization}
    return Member.objects.get_or_create(**values, defaults={"role": role})[0]
