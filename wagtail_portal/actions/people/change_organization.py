"""Change an organization."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from wagtail_portal.actions._locks import lock_row
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import Organization, Role
from wagtail_portal.permissions import Actor, Verb

from .create_organization import save_organization


def change_organization(
    organization: Organization,
    *,
    by: Actor,
    name: str,
    external_id: str | None,
    default_role: Role | None,
    domain_joining: str,
    domains: Iterable[str],
    verified_domains: Iterable[str],
    legal_hold: bool | None = None,
    original: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> Organization:
    """Change an organization and return it. Email domains that aren't given are removed.

    See :func:`create_organization` for the arguments.

    :param legal_hold: None if it doesn't change.
    :param original: the :func:`organization_values` that the change is based on. What's the same
        there stays as it is now, for example after a merge. None replaces everything.
    :raises NotAllowed: unless ``by`` may change this organization.
    :raises Invalid: with the names of the arguments at fault.
    """
    _require(organization, by)
    at = at or timezone.now()
    with transaction.atomic():
        organization = Organization(pk=organization.pk)
        lock_row(organization, by=by)
        _require(organization, by)
        current = organization_values(organization)
        wanted: dict[str, Any] = {
            "name": name,
            "external_id": external_id or None,
            "default_role": default_role and default_role.pk,
            "domain_joining": domain_joining,
            "legal_hold": current["legal_hold"] if legal_hold is None else legal_hold,
            "domains": {**dict.fromkeys(domains, False), **dict.fromkeys(verified_domains, True)},
        }
        if original is not None:
            found = _keep_others(wanted["domains"], original["domains"], current["domains"])
            wanted = _keep_others(wanted, original, current) | {"domains": found}
        rows = wanted.pop("domains")
        changed = {}
        if wanted["legal_hold"] != organization.legal_hold:
            changed["legal_hold"] = wanted["legal_hold"]
        organization.default_role_id = wanted.pop("default_role")
        for field, value in wanted.items():
            setattr(organization, field, value)
        kept = [domain for domain, is_verified in rows.items() if is_verified is not None]
        verified = [domain for domain in kept if rows[domain]]
        save_organization(organization, kept, verified, at)
        record(organization, "change_organization", by=by, at=at, **changed)
    return organization


def organization_values(organization: Organization) -> dict[str, Any]:
    """Return what :func:`change_organization` changes, as JSON can hold it: the default role's
    primary key, and by domain whether it's verified."""
    rows = organization.domains.values_list("domain", "verified_at")
    return {
        "name": organization.name,
        "external_id": organization.external_id,
        "default_role": organization.default_role_id,
        "domain_joining": organization.domain_joining,
        "legal_hold": organization.legal_hold,
        "domains": {domain: verified_at is not None for domain, verified_at in rows},
    }


def _keep_others(wanted: dict, original: dict, current: dict) -> dict:
    """Return the values that are wanted, but what wasn't changed since ``original`` as it is in
    ``current``. None stands for a domain that isn't there."""
    return {
        key: (current if wanted.get(key) == original.get(key) else wanted).get(key)
        for key in {**wanted, **current}
    }


def _require(organization: Organization, by: Actor) -> None:
    by.require(Verb.CHANGE_ORGANIZATION)
    if not by.acts_for(organization):
        raise NotAllowed(Verb.CHANGE_ORGANIZATION)
