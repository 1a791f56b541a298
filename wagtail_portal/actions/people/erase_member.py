"""Erase a person: everything that tells who they are, in all their organizations."""

import uuid
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext
from wagtail.models import ModelLogEntry
from wagtail.users.models import UserProfile

from wagtail_portal import signals
from wagtail_portal.actions._locks import lock_rows, with_locked_tickets
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import (
    ERASED_DOMAIN,
    BulkChange,
    CustomerImport,
    Delivery,
    FailingAddress,
    Follower,
    FormDraft,
    FormerOrganization,
    Guest,
    Invitation,
    JoinRequest,
    Member,
    Mute,
    Notification,
    NotificationPreferences,
    Organization,
    PendingRequest,
    Profile,
    ReceivedEmail,
    Role,
    SavedFilter,
    TicketReadState,
    addresses_of,
    deciding,
)
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils.encryption import decrypt, encrypt
from wagtail_portal.utils.typing import User
from wagtail_portal.utils.users import full_name

from ._erase_texts import TextEraser
from ._lock_people import lock_people
from ._scrub import Scrubber
from .provision_user import set_name, set_username

#: The columns with texts of what's being worked on.
WORK: dict[Any, tuple[str, ...]] = {
    CustomerImport: ("rows", "problems"),
    BulkChange: ("arguments", "problems"),
    PendingRequest: ("data",),
}


def why_not_erased(user: User, *, by: Actor) -> str:
    """Return why ``by`` can't erase a user, or "" if they can."""
    if is_or_was_staff(user):
        return gettext("Remove this user’s access to the Wagtail admin first.")
    memberships = Member.objects.filter(user=user).select_related("organization")
    if any(member.organization.legal_hold for member in memberships):
        return gettext("An organization of this person is under legal hold.")
    if not all(by.acts_for(member.organization) for member in deciding(memberships)):
        return gettext("This person is also a member of organizations you don’t have access to.")
    return ""


def erase_member(
    member: Member, *, by: Actor, remove_texts: bool, at: datetime | None = None
) -> None:
    """Erase the person behind ``member``, with their name and address wherever they occur. This
    can't be undone.

    Their tickets stay, as those of a former member. All their memberships and sessions end.

    :param remove_texts: whether to erase what they wrote and attached, too.
    :raises NotAllowed: unless ``by`` is an agent who may delete this member.
    :raises Invalid: with the key ``member`` for a team member, for a person who is also in
        organizations out of reach of ``by``, and while one of them is under legal hold.
    """
    require_erasing(member, by)
    requests = PendingRequest.objects.filter(_any_case("address", _addresses(member.user)))
    received = ReceivedEmail.objects.filter(_any_case("sender", _addresses(member.user)))
    erasers: list[TextEraser] = []

    def lock_first() -> None:
        # Each of these locks itself before its tickets, once it's at work.
        for model, columns in WORK.items():
            for column in columns:
                lock_rows(erasers[0].scrubber.mentioning(model.objects.all(), column))
        lock_rows(requests)
        lock_rows(received)

    def find() -> Any:
        erasers[:] = [_eraser(member.user_id, remove_texts)]
        return erasers[0].keys()

    with_locked_tickets(
        find,
        lambda: _erase(member, erasers[0], by, at or timezone.now()),
        by=by,
        before=lock_first,
        after=lambda: lock_people([member.user_id]),
    )


def require_erasing(member: Member, by: Actor) -> None:
    """Raise ``NotAllowed`` unless ``by`` is an agent who may delete this member."""
    by.require_team(Verb.DELETE_MEMBER)
    if not by.acts_for(member.organization):
        raise NotAllowed(Verb.DELETE_MEMBER)


def _erase(member: Member, eraser: TextEraser, by: Actor, at: datetime) -> None:
    require_erasing(member, by)
    user, members, scrubber = eraser.user, eraser.members, eraser.scrubber
    if refusal := why_not_erased(user, by=by):
        raise Invalid({"member": refusal})
    eraser.erase()
    _delete_own_rows(user, members, scrubber, at)
    _scrub_mentions(user, members, scrubber)
    role = Role.objects.get(key=Role.NO_ACCESS)
    Member.objects.filter(user=user).update(
        role=role, former_role=None, chosen_at=None, notes="", values={}
    )
    # Before the user changes, because receivers look for the address.
    signals.member_erased.send(
        sender=Member, user=user, addresses=sorted(scrubber.addresses), by=by, notify=False
    )
    close_account(user)
    for row in members:
        row.organization.refresh_from_db(fields=["name"])
        record(row.organization, "erase_member", by=by, at=at, texts_removed=eraser.remove)


def _eraser(user_pk: Any, remove_texts: Any) -> TextEraser:
    user = get_user_model()._default_manager.get(pk=user_pk)
    members = list(Member.objects.filter(user=user).select_related("organization"))
    with translation.override(settings.LANGUAGE_CODE):
        erased, former = gettext("Erased"), gettext("Former member")
    name = full_name(user)
    scrubber = Scrubber(name=name, addresses=_addresses(user), replacement=former)
    return TextEraser(user, members, scrubber, remove=remove_texts, replacement=erased)


def is_or_was_staff(user: User) -> bool:
    """Return whether the user may use the admin, even if inactive: ``has_perm`` can't tell then."""
    if getattr(user, "is_staff", False) or user.is_superuser:
        return True
    found = Permission.objects.filter(Q(group__user=user) | Q(user=user))
    return found.filter(content_type__app_label="wagtailadmin", codename="access_admin").exists()


def _addresses(user: User) -> list[str]:
    username = str(user.get_username())
    own = getattr(user, user.get_email_field_name())
    return list(dict.fromkeys([own, *addresses_of(user), *([username] if "@" in username else [])]))


def _delete_own_rows(user: User, members: Any, scrubber: Any, at: datetime) -> None:
    ids = [member.pk for member in members]
    addresses = _any_case("email", scrubber.addresses)
    Profile.objects.filter(user=user).delete()
    UserProfile.objects.filter(user=user).delete()
    JoinRequest.objects.filter(user=user).delete()
    NotificationPreferences.objects.filter(Q(member__in=ids) | Q(agent=user)).delete()
    for model in (Follower, Mute, TicketReadState, FormDraft, SavedFilter):
        model.objects.filter(member__in=ids).delete()
    SavedFilter.objects.filter(user=user).delete()
    PendingRequest.objects.filter(_any_case("address", scrubber.addresses)).delete()
    ReceivedEmail.objects.filter(_any_case("sender", scrubber.addresses)).delete()
    FailingAddress.objects.filter(addresses).delete()
    Guest.objects.filter(Q(member__in=ids) | Q(added_by__in=ids) | addresses).delete()
    sent = Invitation.objects.filter(invited_by=user)
    # Invitations are sent in their name.
    notified = Q(recipient=user) | Q(member__in=ids) | Q(invitation__in=sent) | addresses
    # Their emails may be just being collected in a digest.
    lock_rows(Notification.objects.filter(notified))
    Notification.objects.filter(notified).delete()
    sent.unanswered().update(withdrawn_at=at, token_digest=None)
    invitations = Invitation.objects.filter(addresses)
    invitations.unanswered().update(withdrawn_at=at)
    invitations.update(email=f"erased@{ERASED_DOMAIN}", note="", token_digest=None)


def _scrub_mentions(user: User, members: Any, scrubber: Any) -> None:
    organizations = {member.organization_id for member in members}
    # An organization created at sign-in is named after the person's address.
    for column in ("name", "notes", "values"):
        scrubber.scrub_column(Organization.objects.filter(pk__in=organizations), column)
    scrubber.scrub_column(FormerOrganization.objects.filter(organization__in=organizations), "name")
    for column in ("notes", "values"):
        scrubber.scrub_column(Member.objects.filter(organization__in=organizations), column)
    scrubber.scrub_column(Invitation.objects.filter(organization__in=organizations), "note")
    # A notification of a changed ticket holds the values of its fields.
    notifications = Notification.objects.filter(ticket__organization__in=organizations)
    scrubber.scrub_column(notifications, "data")
    _scrub_unsent_secrets(user, scrubber)
    scrubber.scrub_column(FormDraft.objects.all(), "data")
    for model, columns in WORK.items():
        for column in columns:
            scrubber.scrub_column(model.objects.all(), column)
    scrubber.scrub_column(SavedFilter.objects.all(), "name")
    for row in list(SavedFilter.objects.exclude(query="")):
        if (query := scrubber.scrub_query(row.query)) != row.query:
            SavedFilter.objects.filter(pk=row.pk).update(query=query)
    _scrub_log(user, members, scrubber)


def _scrub_unsent_secrets(user: User, scrubber: Scrubber) -> None:
    """Scrub emails with a secret that haven't been sent, such as the link to a shared ticket."""
    unsent = Notification.objects.filter(state=Delivery.DUE).exclude(encrypted="")
    for pk, text in list(unsent.values_list("pk", "encrypted")):
        # One that no key fits isn't sent either.
        with suppress(ValueError):
            secret = decrypt(text)
            # A name of a single word is only known if it's the whole text.
            context = {
                key: scrubber.replacement if value == full_name(user) else value
                for key, value in secret.get("context", {}).items()
            }
            new = scrubber.scrub_value({**secret, "context": context})
            if new != secret:
                # It may just have been sent, which deletes the secret.
                unsent.filter(pk=pk).update(encrypted=encrypt(new))


def _scrub_log(user: User, members: Any, scrubber: Any) -> None:
    """Scrub the labels of log entries, which are what things were called at the time."""
    scrubber.scrub_column(ModelLogEntry.objects.all(), "label")
    scrubber.scrub_column(ModelLogEntry.objects.all(), "data")
    # A name of a single word isn't looked for in texts, but it's the whole label here.
    for thing in (user, *members):
        ModelLogEntry.objects.for_instance(thing).update(label=scrubber.replacement)


def _any_case(column: str, addresses: Iterable[str]) -> Q:
    found = Q(pk__in=[])
    for address in addresses:
        found |= Q(**{f"{column}__iexact": address})
    return found


def close_account(user: User) -> None:
    """Deactivate a user, and replace their name and addresses."""
    address = f"erased-{uuid.uuid4().hex}@{ERASED_DOMAIN}"
    columns = {*set_name(user, ""), "is_active", "last_login", "password"}
    email_field = user.get_email_field_name()
    setattr(user, email_field, address)
    if email_field != user.USERNAME_FIELD:
        set_username(user, address)
    columns |= {user.USERNAME_FIELD, email_field}
    user.is_active, user.last_login = False, None
    user.set_unusable_password()
    user.save(update_fields=sorted(columns - {user._meta.pk.name}))
