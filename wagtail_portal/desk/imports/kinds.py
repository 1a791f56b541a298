"""What can be imported: how rows are checked, and which action imports them."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_domain_name, validate_email
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal import actions
from wagtail_portal.models import Member, Organization, OrganizationDomain, Role
from wagtail_portal.permissions import Verb

from .table import Row

NAME_MAX_LENGTH = Organization._meta.get_field("name").max_length
ID_MAX_LENGTH = Organization._meta.get_field("external_id").max_length


class Organizations:
    """Organizations, with their external IDs and email domains."""

    model = Organization
    permission = Verb.ADD_ORGANIZATION
    heading = _("Import organizations")
    columns = {
        "name": {"organization"},
        "external_id": {"external id", "id"},
        "domains": {"e-mail domains", "domain"},
    }
    required = {"name"}
    example = "name,external_id,domains\nExample Ltd,C-1042,example.com example.org"

    def check(self, rows: list[Row]) -> None:
        """Add errors to the rows, or mark them as known."""
        known_ids = set(
            Organization.objects.exclude(external_id=None).values_list("external_id", flat=True)
        )
        given = {row.cells.get("name", "") for row in rows}
        names = set(Organization.objects.filter(name__in=given).values_list("name", flat=True))
        domains = {domain for row in rows for domain in _domains(row)}
        taken = set(
            OrganizationDomain.objects.filter(domain__in=domains).values_list("domain", flat=True)
        )
        seen = {}
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
        if external_id in known_ids if external_id else name in names:
            row.is_known = True
            return
        _check_duplicate(row, f"id {external_id}" if external_id else f"name {name}", seen)
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

    def import_row(self, row: Row, by) -> None:
        """Create the organization."""
        actions.create_organization(by=by, **row.arguments)


class Members:
    """Members of existing organizations."""

    model = Member
    permission = Verb.ADD_MEMBER
    heading = _("Import members")
    columns = {
        "email": {"email address", "e-mail", "e-mail address", "address"},
        "name": set(),
        "organization": {"external_id", "external id", "company"},
        "role": set(),
    }
    required = {"email", "organization"}
    example = "email,name,organization,role\ndana@example.com,Dana Reyes,C-1042,Admin"

    def check(self, rows: list[Row]) -> None:
        """Add errors to the rows, or mark them as known."""
        given = {row.cells.get("organization", "") for row in rows}
        organizations, ambiguous = {}, set()
        for row in Organization.objects.filter(name__in=given, key=None).order_by("pk"):
            if row.name in organizations:
                ambiguous.add(row.name)
            organizations[row.name] = row
        # External IDs are unique, so they take precedence over names.
        for row in Organization.objects.filter(external_id__in=given, key=None):
            organizations[row.external_id] = row
            ambiguous.discard(row.external_id)
        roles = {}
        for role in Role.objects.all():
            roles |= {role.key.lower(): role, role.name.lower(): role}
        addresses = {row.cells.get("email", "").lower() for row in rows}
        known = {
            (member.address, member.organization_id)
            for member in Member.objects.with_addresses(addresses)
        }
        seen = {}
        for row in rows:
            self._check(row, organizations, ambiguous, roles, known, seen)

    def _check(self, row, organizations, ambiguous, roles, known, seen) -> None:
        email, name = row.cells.get("email", "").lower(), row.cells.get("organization", "")
        role = row.cells.get("role", "")
        try:
            validate_email(email)
        except ValidationError:
            row.add_error(gettext("“%(email)s” isn’t a valid email address."), email=email)
        if name in ambiguous:
            row.add_error(
                gettext(
                    "Several organizations are called “%(name)s”. Use the external ID instead."
                ),
                name=name,
            )
        elif name not in organizations:
            row.add_error(gettext("There is no organization called “%(name)s”."), name=name)
        if role and role.lower() not in roles:
            row.add_error(gettext("There is no role called “%(name)s”."), name=role)
        if row.errors:
            return
        row.arguments = {
            "organization": organizations[name],
            "email": email,
            "name": row.cells.get("name", "")[:150],
            "role": roles.get(role.lower()),
        }
        row.is_known = (email, organizations[name].pk) in known
        _check_duplicate(row, f"{email} {organizations[name].pk}", seen)

    def import_row(self, row: Row, by) -> None:
        """Create the member."""
        actions.create_member(by=by, notify=False, **row.arguments)


def _domains(row: Row) -> list[str]:
    words = re.split(r"[\s,;]+", row.cells.get("domains", "").lower())
    return list(dict.fromkeys(filter(None, words)))


def _check_duplicate(row: Row, key: str, seen: dict) -> None:
    """Add an error if ``key`` was in an earlier row; only the file's author can correct that."""
    if key in seen:
        row.add_error(gettext("This is a duplicate of row %(number)d."), number=seen[key])
    else:
        seen[key] = row.number


KINDS = {"organizations": Organizations, "members": Members}
