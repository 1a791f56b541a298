"""Change the values that an organization or a member has in the fields that editors defined."""

from datetime import datetime
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from wagtail_portal.actions._locks import lock_row
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Conflict, Invalid, NotAllowed
from wagtail_portal.fields import FormContext
from wagtail_portal.models import About, CustomerField, Member, Organization
from wagtail_portal.permissions import Actor, Verb


def change_customer_fields(
    customer: Organization | Member,
    *,
    by: Actor,
    values: dict,
    original: dict | None = None,
    at: datetime | None = None,
) -> Organization | Member:
    """Set fields of an organization or a member, and return it. Fields that aren't named keep their
    values.

    :param values: by field key, in the stored form of the field's type; None empties a field.
    :param original: the values that the change is based on, by ``field:<key>``. A field whose value
        is another one by now isn't overwritten.
    :raises NotAllowed: unless ``by`` is an agent who may change this organization or member.
    :raises Invalid: with ``field:<key>`` for each value that its field doesn't accept.
    :raises Conflict: with the current values of the fields that no longer have their original one.
    """
    is_member = isinstance(customer, Member)
    verb = Verb.CHANGE_MEMBER if is_member else Verb.CHANGE_ORGANIZATION
    by.require_team(verb)
    with transaction.atomic():
        lock_row(customer, by=by)
        by.require_team(verb)
        if not by.acts_for(cast(Any, cast(Any, customer).organization if is_member else customer)):
            raise NotAllowed(verb)
        about = About.MEMBER if is_member else About.ORGANIZATION
        cleaned = _clean(values, about, customer.values)
        changed = {
            key: value for key, value in cleaned.items() if value != customer.values.get(key)
        }
        known = {key.removeprefix("field:"): value for key, value in (original or {}).items()}
        newer = {
            f"field:{key}": customer.values.get(key)
            for key in changed
            if key in known and known[key] != customer.values.get(key)
        }
        if newer:
            raise Conflict(newer)
        if changed:
            both = {**customer.values, **changed}
            customer.values = {key: value for key, value in both.items() if value is not None}
            customer.save(update_fields=["values"])
            record(customer, "change_customer_fields", by=by, at=at, fields=sorted(changed))
    return customer


def _clean(values: dict, about: str, current: dict) -> dict:
    found = CustomerField.objects.filter(about=about, key__in=values).prefetch_related("choices")
    fields = {field.key: field for field in found}
    cleaned: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for key, stored in values.items():
        field = fields.get(key)
        if field is None:
            errors[f"field:{key}"] = gettext("This field can’t be changed.")
            continue
        if stored is None:
            cleaned[key] = None
            continue
        kind = field.field_type
        spec = kind.prepare(field.spec().allowing(current.get(key)), FormContext())
        form_field = kind.form_field(spec)
        form_field.required = False
        try:
            cleaned[key] = kind.to_json(kind.clean_stored(stored, form_field))
        except ValidationError as error:
            errors[f"field:{key}"] = error.messages
    if errors:
        raise Invalid(errors)
    return cleaned
