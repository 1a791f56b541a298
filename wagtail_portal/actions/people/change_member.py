"""Change a person's name, email address and language, and a member's role, as the team."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import signals
from wagtail_portal.actions._locks import with_locked_tickets
from wagtail_portal.actions._log import record
from wagtail_portal.actions.signin.send_sign_in_code import send_sign_in_code
from wagtail_portal.actions.tickets._ticket import refuse_conflicts
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import (
    Member,
    Profile,
    Role,
    Ticket,
    deciding,
    find_owner,
    is_erased,
    language_choices,
    profile_of,
)
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils import markup
from wagtail_portal.utils.typing import User
from wagtail_portal.utils.users import full_name

from ._lock_people import lock_people
from .change_role import change_role
from .erase_member import is_or_was_staff
from .provision_user import check_address, normalize_email, set_name, set_username

#: Minutes for which a notice is sent again if the email server is down.
NOTICE_MINUTES = 3 * 24 * 60


def change_member(
    member: Member,
    *,
    by: Actor,
    site: Any,
    name: str,
    email: str,
    language: str = "",
    role: Role | None = None,
    original: dict | None = None,
    at: datetime | None = None,
) -> Member:
    """Change a member's role in their organization, and the person's name, email address and
    language in all of them, and return the member.

    With another address, the person can no longer sign in with the former one and is signed out
    everywhere. Both addresses get a notice.

    :param site: whose portal sends the notice.
    :param name: if it's empty, the part of the address before the @ is shown.
    :param language: one of :func:`~wagtail_portal.models.language_choices`, or "" for the site's.
    :param role: None if it doesn't change.
    :param original: the values by argument that the change is based on. What's still the same in
        the change stays as it is by now, and anything newer isn't overwritten.
    :raises NotAllowed: unless ``by`` is an agent who may manage the members of all organizations
        of the person.
    :raises Invalid: with ``name`` or ``email`` for team members and erased people, ``email`` for
        an address that isn't valid or belongs to another account, ``language``, or ``role`` as
        :func:`change_role` does.
    :raises Conflict: with the current values that are newer.
    """
    by.require_team(Verb.CHANGE_MEMBER)
    if language and language not in dict(language_choices()):
        raise Invalid({"language": gettext("Select a language.")})
    wanted: dict[str, Any] = {
        "name": markup.clean_line(name),
        "email": normalize_email(email),
        "language": language,
        "role": role,
    }
    of_person = Ticket.objects.filter(requester__user=member.user_id).order_by()
    # The name is indexed with the tickets that they requested.
    renamed = wanted["name"] != full_name(member.user)
    return with_locked_tickets(
        lambda: set(of_person.values_list("pk", flat=True)) if renamed else set(),
        lambda: _change(member, by, site, wanted, original or {}, at or timezone.now()),
        by=by,
        after=lambda: lock_people([member.user_id]),
    )


def _change(
    member: Member, by: Actor, site: Any, wanted: dict, original: dict, at: datetime
) -> Member:
    found = Member.objects.filter(user=member.user_id).order_by("pk")
    memberships = list(found.select_related("organization", "role", "user__portal_profile"))
    for row in deciding(memberships):
        by.require_management(row.organization, row)
    own = next((row for row in memberships if row.pk == member.pk), None)
    if own is None:
        # The person's accounts were merged in the meantime.
        raise NotAllowed(Verb.CHANGE_MEMBER)
    member = own
    user, changed = member.user, {}
    old_email = getattr(user, user.get_email_field_name())
    current = {
        "name": full_name(user),
        "email": old_email.lower(),
        "language": profile_of(user).language,
        "role": member.role,
    }
    same = {name for name, known in original.items() if wanted[name] == known}
    wanted = {name: current[name] if name in same else value for name, value in wanted.items()}
    refuse_conflicts(current, original, wanted)
    if wanted["name"] != current["name"]:
        changed["name"] = "change_member_name"
    if wanted["email"] != current["email"]:
        changed["email"] = "change_member_address"
    _check(user, changed, wanted["email"])
    if changed:
        _save(user, changed, wanted)
    if "email" in changed:
        _tell(user, old_email, wanted["email"], by, site)
    for row in memberships:
        for action in changed.values():
            record(row.organization, action, by=by, at=at, member=row.pk)
    if wanted["language"] != current["language"]:
        Profile.objects.update_or_create(user=user, defaults={"language": wanted["language"]})
    if wanted["role"] not in (None, member.role):
        change_role(member, by=by, role=wanted["role"], at=at)
    return member


def _check(user: User, changed: Any, email: Any) -> None:
    refusal = ""
    if is_erased(user):
        refusal = gettext("This person has already been erased.")
    elif is_or_was_staff(user):
        refusal = gettext("This is a team member. Change this under Settings → Users.")
    if refusal and changed:
        raise Invalid({next(iter(changed)): refusal})
    if "email" in changed and find_owner(email) not in (None, user):
        text = gettext(
            "This email address belongs to another account. If both are the same person, merge "
            "the accounts."
        )
        raise Invalid({"email": text})


def _save(user: User, changed: Any, wanted: Any) -> None:
    columns = set()
    if "name" in changed:
        columns |= set(set_name(user, wanted["name"]))
    if "email" in changed:
        email_field, old = user.get_email_field_name(), getattr(user, user.get_email_field_name())
        setattr(user, email_field, wanted["email"])
        check_address(user, email_field)
        columns.add(email_field)
        if email_field != user.USERNAME_FIELD and user.get_username().lower() == old.lower():
            set_username(user, wanted["email"])
            columns.add(user.USERNAME_FIELD)
    try:
        user.save(update_fields=sorted(columns - {user._meta.pk.name}))
    except IntegrityError as error:
        # Another request has just taken the address.
        raise Invalid({"email": gettext("This email address can’t be used.")}) from error


def _tell(user: User, old: Any, new: Any, by: Actor, site: Any) -> None:
    signals.address_changed.send(
        sender=Member, user=user, old=old.lower(), new=new, by=by, notify=True
    )
    for recipient in filter(None, (old, new)):
        send_sign_in_code(
            site,
            address=recipient,
            template="wagtail_portal/signin/email/address_changed",
            context={"change": "change_by_team", "address": new, "email": recipient},
            minutes=NOTICE_MINUTES,
        )
