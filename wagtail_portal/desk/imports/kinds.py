"""What can be imported, and how rows are checked."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_domain_name
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.models import (
    FormerOrganization,
    Member,
    Organization,
    OrganizationDomain,
    Role,
    members_by_address,
)
from wagtail_portal.permissions import Verb, organizations_for_team
from wagtail_portal.utils.email_addresses import normalize_domain, parse_address

from .table import Row

NAME_MAX_LENGTH = Organization._meta.get_field("name").max_length
ID_MAX_LENGTH = Organization._meta.get_field("external_id").max_length


class Organizations:
    """Organizations, with their external IDs and email domains."""

    model = Organization
    permission = Verb.ADD_ORGANIZATION
    heading = _("Import organizations")
    # With the headings of our own exports, in the language of the agent.
    columns = {
        "name": {"organization", _("Organization"), _("Name"), _("name")},
        "external_id": {"id", _("external ID")},
        "domains": {"email domains", "e-mail domains", "domain"},
    }
    required = {"name"}
    example = "name,external_id,domains\nExample Ltd,C-1042,example.com example.org"

    def warnings(self, rows: list[Row]) -> list[str]:
        """Return what to know before importing the rows."""
        return []

    def check(self, rows: list[Row], user) -> None:
        """Add errors to the rows, or mark them as known."""
        # All of them: databases compare names in different ways, and limit the number of values.
        found = list(Organization.objects.order_by().values_list("name", "external_id"))
        former = FormerOrganization.objects.exclude(external_id=None)
        known_ids = {external_id for _name, external_id in found if external_id}
        known_ids |= set(former.values_list("external_id", flat=True))
        names = {match_key(name) for name, _external_id in found}
        taken = set(OrganizationDomain.objects.order_by().values_list("domain", flat=True))
        seen: dict = {}
        for row in rows:
            self._check(row, known_ids, names, taken, seen)

    def _check(self, row, known_ids, names, taken, seen) -> None:
        name, external_id = row.cells.get("name", ""), row.cells.get("external_id") or None
        row.arguments = {"name": name, "external_id": external_id, "domains": _domains(row)}
        if not name:
            row.add_error(gettext("Enter a name."))
            return
        if len(name) > NAME_MAX_LENGTH:
            row.add_error(gettext("The name is too long."))
        if external_id and len(external_id) > ID_MAX_LENGTH:
            row.add_error(gettext("The external ID is too long."))
        # The external ID identifies a customer; without one, the name has to.
        if external_id in known_ids if external_id else match_key(name) in names:
            row.is_known = True
            return
        identity = f"id {external_id}" if external_id else f"name {match_key(name)}"
        _check_duplicate(row, identity, seen)
        for domain in _domains(row):
            try:
                validate_domain_name(domain)
            except ValidationError:
                row.add_error(gettext("“%(domain)s” isn’t a valid domain."), domain=domain)
                continue
            if domain in taken:
                row.add_error(
                    gettext("The domain %(domain)s already belongs to another organization."),
                    domain=domain,
                )
            _check_duplicate(row, f"domain {domain}", seen)


class Members:
    """Members of existing organizations."""

    model = Member
    permission = Verb.ADD_MEMBER
    heading = _("Import members")
    columns = {
        "email": {"email address", "e-mail", "e-mail address", "address", _("Email address")},
        "name": {_("Name")},
        "organization": {"external_id", "company", _("Organization"), _("external ID")},
        "role": {_("Role")},
    }
    required = {"email", "organization"}
    example = "email,name,organization,role\ndana@example.com,Dana Reyes,C-1042,Admin"

    def warnings(self, rows: list[Row]) -> list[str]:
        """Return what to know before importing the rows."""
        new = [row.arguments for row in rows if row.is_new]
        if not new:
            return []
        found = [gettext("They won’t be emailed. Tell them yourself that they can sign in.")]
        given = Role.objects.in_bulk({row["role"] for row in new if row["role"]})
        count = sum(row["role"] in given and not given[row["role"]].gives_access for row in new)
        if count:
            text = ngettext(
                "%(count)d member will have no access to the portal, because of the role.",
                "%(count)d members will have no access to the portal, because of their role.",
                count,
            )
            found.append(text % {"count": count})
        return found

    def check(self, rows: list[Row], user) -> None:
        """Add errors to the rows, or mark them as known."""
        organizations = OrganizationFinder(user)
        roles: dict = {}
        for role in Role.objects.all():
            labels = (role.key, role.name, *role.in_every_language("name"))
            roles |= {match_key(label): role for label in labels}
        addresses = {_address(row) for row in rows}
        known = {
            (address, member.organization_id)
            for address, member in members_by_address(Member.objects.all(), addresses)
        }
        seen: dict = {}
        for row in rows:
            self._check(row, organizations, roles, known, seen)

    def _check(self, row, organizations, roles, known, seen) -> None:
        email, name = _address(row), row.cells.get("organization", "")
        role = row.cells.get("role", "")
        found = organizations.find(name)
        if not email:
            typed = row.cells.get("email", "")
            row.add_error(gettext("“%(email)s” isn’t a valid email address."), email=typed)
        if len(found) > 1:
            row.add_error(
                gettext(
                    "Several organizations are called “%(name)s”. Use the external ID instead."
                ),
                name=name,
            )
        elif not found:
            row.add_error(gettext("There is no organization called “%(name)s”."), name=name)
        if role and match_key(role) not in roles:
            row.add_error(gettext("There is no role called “%(name)s”."), name=role)
        if row.errors:
            return
        row.arguments = {
            "organization": found[0],
            "email": email,
            "name": row.cells.get("name", "")[:150],
            "role": roles[match_key(role)].pk if role else None,
        }
        row.is_known = (email, found[0]) in known
        _check_duplicate(row, f"{email} {found[0]}", seen)


class OrganizationFinder:
    """Finds organizations that an agent may know of by their external IDs and names."""

    def __init__(self, user):
        self.by_id, self.by_name = {}, {}
        found = organizations_for_team(user).filter(key=None).order_by("pk")
        for pk, name, external_id in found.values_list("pk", "name", "external_id"):
            self.by_name.setdefault(match_key(name), {}).setdefault(name, []).append(pk)
            if external_id:
                self.by_id[external_id] = pk
        former = FormerOrganization.objects.filter(organization__in=found.order_by())
        former = former.exclude(external_id=None).values_list("external_id", "organization")
        self.by_id = {**dict(former), **self.by_id}

    def find(self, text: str) -> list[int]:
        """Return the primary keys of organizations with this external ID, or else this name."""
        # External IDs are unique, so they take precedence over names.
        if text in self.by_id:
            return [self.by_id[text]]
        similar = self.by_name.get(match_key(text), {})
        # A name that's written exactly so takes precedence, too.
        return similar.get(text) or [pk for keys in similar.values() for pk in keys]


def match_key(name: str) -> str:
    """Return a name as it's compared: case and spaces don't matter."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _domains(row: Row) -> list[str]:
    words = filter(None, re.split(r"[\s,;]+", row.cells.get("domains", "")))
    return list(dict.fromkeys(map(_domain, words)))


def _domain(word: str) -> str:
    """Return a domain as it's stored; one that isn't valid as it was typed."""
    try:
        return normalize_domain(word)
    except ValidationError:
        return word


def _address(row: Row) -> str:
    """Return the email address of a row; "" if it isn't valid."""
    try:
        return parse_address(row.cells.get("email", ""))
    except ValidationError:
        return ""


def _check_duplicate(row: Row, key: str, seen: dict) -> None:
    """Add an error if ``key`` was in an earlier row; only the file's author can correct that."""
    if key in seen:
        row.add_error(gettext("This is a duplicate of row %(number)d."), number=seen[key])
    else:
        seen[key] = row.number


KINDS = {"organizations": Organizations, "members": Members}
