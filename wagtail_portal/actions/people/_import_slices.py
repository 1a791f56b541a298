"""Import several rows in one transaction: what they need is looked up for all of them at once.

Whatever is unusual about a row is left to the action for a single one.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import CharField, Max, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext

from wagtail_portal import signals
from wagtail_portal.actions._locks import reload_actor, share
from wagtail_portal.actions._log import record_many
from wagtail_portal.exceptions import ActionError, Invalid
from wagtail_portal.models import (
    Guest,
    Member,
    Message,
    Organization,
    OrganizationDomain,
    Role,
    find_owners,
)
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils.email_addresses import normalize_domain

from .create_member import require_new_member, role_of_new_members
from .create_organization import create_organization, save_organization
from .provision_user import new_user, normalize_email


class OneByOne(ActionError):
    """The rows have to be imported one by one, because something isn't as expected."""


class ImportSlice:
    """Rows that are imported in one transaction, each in a savepoint of its own.

    :param given: the arguments of each row.
    :raises OneByOne: if that isn't possible.
    """

    #: What the log says of each row.
    action = ""

    def __init__(self, by: Actor, given: Sequence[dict]) -> None:
        self.by, self.at = by, timezone.now()
        self._done: list[tuple[Any, dict]] = []
        self._has_lost_race = False

    def create(self, given: dict) -> None:
        """Import one row."""
        try:
            done = self._create(given)
        except IntegrityError:
            self._has_lost_race = True
            raise
        self._done += done

    def finish(self) -> None:
        """Log what was imported.

        :raises OneByOne: if another process has added one of them at this very moment.
        """
        if self._has_lost_race:
            raise OneByOne
        record_many(self.action, self._done, by=self.by, at=self.at)

    def _create(self, given: dict) -> list[tuple[Any, dict]]:
        """Import one row, and return what to log: the instance and the data."""
        raise NotImplementedError


def create_named_organization(by: Actor, given: Any) -> None:
    """Create an organization that is called by its name unless it has an external ID."""
    name = given["name"]
    # The external ID identifies a customer; without one, the name has to.
    if not given["external_id"] and Organization.objects.filter(name=name).exists():
        raise Invalid({"name": gettext("There is already an organization with this name.")})
    create_organization(by=by, **given)


class OrganizationSlice(ImportSlice):
    """Organizations."""

    action = "create_organization"

    def __init__(self, by: Actor, given: Sequence[dict]) -> None:
        super().__init__(by, given)
        names = [row["name"] for row in given if not row["external_id"]]
        ids = [row["external_id"] for row in given if row["external_id"]]
        try:
            domains = [normalize_domain(domain) for row in given for domain in row["domains"]]
        except ValidationError as error:
            raise OneByOne from error
        reload_actor(by)
        organizations = Organization.objects.all()
        self._seen: set[str] = set()
        #: Whether nothing of this exists yet. Databases compare texts in different ways.
        self._all_new = not (
            organizations.called(ids).exists()
            or organizations.filter(name__in=names).exists()
            or OrganizationDomain.objects.filter(domain__in=domains).exists()
        )

    def _create(self, given: dict) -> list[tuple[Any, dict]]:
        words = {*map(_simplified, (given["name"], given["external_id"] or "", *given["domains"]))}
        is_new, self._seen = self._all_new and not words & self._seen, words | self._seen
        if not is_new:
            create_named_organization(self.by, given)
            return []
        self.by.require(Verb.ADD_ORGANIZATION)
        organization = Organization(
            name=given["name"], external_id=given["external_id"], created_at=self.at
        )
        save_organization(organization, given["domains"], (), self.at, is_unique=True)
        return [(organization, {})]


class MemberSlice(ImportSlice):
    """Members of existing organizations, which are locked before anything else."""

    action = "create_member"

    def __init__(self, by: Actor, given: Sequence[dict]) -> None:
        super().__init__(by, given)
        wanted = {row["organization"] for row in given}
        emails = [normalize_email(row["email"]) for row in given]
        self._users = find_owners(emails)
        people = Q(email__in=emails) | Q(member__user__in=self._users.values())
        if Guest.objects.filter(people, ticket__organization__in=wanted).exists():
            # The tickets come before the organizations.
            raise OneByOne
        found = share(Organization.objects.filter(pk__in=wanted))
        self._organizations = {row.pk: row for row in found}
        if len(found) < len(wanted):
            # One was deleted or merged.
            raise OneByOne
        reload_actor(by)
        self._roles = Role.objects.in_bulk()
        for organization in found:
            if organization.default_role_id is not None:
                organization.default_role = self._roles[organization.default_role_id]
        members = Member.objects.filter(user__in=self._users.values(), organization__in=wanted)
        self._members = set(members.values_list("user", "organization"))
        self._usernames = _usernames(emails)
        self._newest = Message.objects.aggregate(newest=Max("pk"))["newest"] or 0

    @cached_property
    def _default_role(self) -> Role:
        """The role of new members, unless it's given or their organization has another one."""
        return role_of_new_members(Organization())

    def _create(self, given: dict) -> list[tuple[Any, dict]]:
        organization = self._organizations[given["organization"]]
        if given["role"] and given["role"] not in self._roles:
            raise Invalid({"organization": gettext("This no longer exists.")})
        role = self._roles.get(given["role"]) or organization.default_role or self._default_role
        require_new_member(organization, role, by=self.by)
        email = normalize_email(given["email"])
        user = self._users.get(email)
        if user is None:
            user = new_user(email, name=given["name"], is_unique=email not in self._usernames)
            user.save()
        elif (user.pk, organization.pk) in self._members:
            return []
        member = Member(
            user=user,
            organization=organization,
            role=role,
            joined_at=self.at,
            read_until=self._newest,
        )
        member.save(force_insert=True)
        # Thousands of people needn't hear of an import.
        signals.member_added.send(sender=Member, member=member, by=self.by, notify=False)
        self._users[email] = user
        self._members.add((user.pk, organization.pk))
        return [(organization, {"member": member.pk})]


def _usernames(emails: list[str]) -> set[str]:
    """Return those of the addresses that are someone's username."""
    User = get_user_model()
    field = User._meta.get_field(User.USERNAME_FIELD)
    if not isinstance(field, CharField):
        return set(emails)
    rows = User.objects.alias(portal_name=Lower(field.name)).filter(portal_name__in=emails)
    return {name.lower() for name in rows.values_list(field.name, flat=True)}


def _simplified(text: str) -> str:
    """Return a text without whatever a database might ignore when it compares texts."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(filter(str.isalnum, decomposed))
