"""What can be imported: how a row is checked, and what is done with it."""

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
    """Customers, with their external ids and their domains."""

    model = Organization
    right = Verb.ADD_ORGANIZATION
    heading = _("Import organizations")
    columns = {
        "name": {"organization"},
        "external_id": {"external id", "id"},
        "domains": {"e-mail domains", "domain"},
    }
    needed = {"name"}
    example = "name,external_id,domains\nExample Ltd,C-1042,example.com example.org"

    def check(self, rows: list[Row]) -> None:
        """Say of each row what is wrong with it, or whether it is there already."""
        known_ids = set(
            Organization.objects.exclude(external_id=None).values_list("external_id", flat=True)
        )
        wanted = {row.cells.get("name", "") for row in rows}
        names = set(Organization.objects.filter(name__in=wanted).values_list("name", flat=True))
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
            row.errors.append(gettext("Enter a name."))
            return
        if len(name) > NAME_MAX_LENGTH:
            row.errors.append(gettext("The name is too long."))
        if external_id and len(external_id) > ID_MAX_LENGTH:
            row.errors.append(gettext("The external ID is too long."))
        # An id tells customers apart; without one, the name has to.
        if external_id in known_ids if external_id else name in names:
            row.is_known = True
            return
        _once(row, f"id {external_id}" if external_id else f"name {name}", seen)
        for domain in _domains(row):
            try:
                validate_domain_name(domain)
            except ValidationError:
                words = gettext("“%(domain)s” isn’t a valid domain.")
                row.errors.append(words % {"domain": domain})
                continue
            if domain in taken:
                words = gettext("The domain %(domain)s already belongs to another organization.")
                row.errors.append(words % {"domain": domain})
            _once(row, f"domain {domain}", seen)

    def act(self, row: Row, by) -> None:
        """Take the row in."""
        actions.create_organization(by=by, **row.arguments)


class Members:
    """People of organizations that are there already."""

    model = Member
    right = Verb.ADD_MEMBER
    heading = _("Import members")
    columns = {
        "email": {"email address", "e-mail", "e-mail address", "address"},
        "name": set(),
        "organization": {"external_id", "external id", "company"},
        "role": set(),
    }
    needed = {"email", "organization"}
    example = "email,name,organization,role\ndana@example.com,Dana Reyes,C-1042,Admin"

    def check(self, rows: list[Row]) -> None:
        """Say of each row what is wrong with it, or whether it is there already."""
        given = {row.cells.get("organization", "") for row in rows}
        found, twice = {}, set()
        for one in Organization.objects.filter(name__in=given, key=None).order_by("pk"):
            if one.name in found:
                twice.add(one.name)
            found[one.name] = one
        # An external id is unique, so it says more than a name.
        by_id = Organization.objects.filter(external_id__in=given, key=None)
        for one in by_id:
            found[one.external_id] = one
            twice.discard(one.external_id)
        roles = {}
        for role in Role.objects.all():
            roles |= {role.key.lower(): role, role.name.lower(): role}
        addresses = {row.cells.get("email", "").lower() for row in rows}
        there = {
            (member.address, member.organization_id)
            for member in Member.objects.with_addresses(addresses)
        }
        seen = {}
        for row in rows:
            self._check(row, found, twice, roles, there, seen)

    def _check(self, row, found, twice, roles, there, seen) -> None:
        email, wanted = row.cells.get("email", "").lower(), row.cells.get("organization", "")
        role = row.cells.get("role", "")
        try:
            validate_email(email)
        except ValidationError:
            row.errors.append(
                gettext("“%(email)s” isn’t a valid email address.") % {"email": email}
            )
        if wanted in twice:
            words = gettext(
                "Several organizations are called “%(name)s”. Use the external ID instead."
            )
            row.errors.append(words % {"name": wanted})
        elif wanted not in found:
            words = gettext("There is no organization called “%(name)s”.")
            row.errors.append(words % {"name": wanted})
        if role and role.lower() not in roles:
            row.errors.append(gettext("There is no role called “%(name)s”.") % {"name": role})
        if row.errors:
            return
        organization = found[wanted]
        row.arguments = {
            "organization": organization,
            "email": email,
            "name": row.cells.get("name", "")[:150],
            "role": roles.get(role.lower()),
        }
        row.is_known = (email, organization.pk) in there
        _once(row, f"{email} {organization.pk}", seen)

    def act(self, row: Row, by) -> None:
        """Take the row in."""
        given = dict(row.arguments)
        actions.create_member(given.pop("organization"), by=by, **given)


def _domains(row: Row) -> list[str]:
    words = re.split(r"[\s,;]+", row.cells.get("domains", "").lower())
    return list(dict.fromkeys(filter(None, words)))


def _once(row: Row, what: str, seen: dict) -> None:
    """The same thing twice in a file is a mistake that only its author can mend."""
    if what in seen:
        row.errors.append(
            gettext("This is a duplicate of row %(number)d.") % {"number": seen[what]}
        )
    else:
        seen[what] = row.number


KINDS = {"organizations": Organizations, "members": Members}
