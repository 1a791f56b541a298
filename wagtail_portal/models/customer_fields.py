"""Fields of organizations and members, such as plan, account manager and region."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey

from wagtail_portal.fields import get_field_type
from wagtail_portal.fields.conditions import match_answers
from wagtail_portal.fields.customer_conditions import CustomerCondition
from wagtail_portal.fields.customers import ABOUT, Known, register_finder

from .cached_rows import cached_rows, register
from .field_definitions import ChoiceDefinition, FieldDefinition
from .members import Member
from .organizations import Organization


class About(models.TextChoices):
    """Whom a field describes."""

    ORGANIZATION = "organization", _("Organizations")
    MEMBER = "member", _("Members")


class ShownTo(models.TextChoices):
    """Which customers see a field."""

    TEAM = "team", _("The team only")
    MANAGERS = "managers", _("Those who manage the members of the organization")
    MEMBERS = "members", _("All members, or for a member field, only that member")


class CustomerFieldQuerySet(models.QuerySet):
    def shown_to(self, member: Member) -> Any:
        """Return the fields of their organization and of themselves that a customer sees."""
        if not member.role.gives_access:
            return self.none()
        shown = [ShownTo.MEMBERS]
        if member.role.manages_members:
            shown.append(ShownTo.MANAGERS)
        return self.filter(archived=False, shown_to__in=shown)


class CustomerField(FieldDefinition):
    """A typed property of organizations or of members, which the team sets."""

    about = models.CharField(
        _("describes"), max_length=20, choices=About, default=About.ORGANIZATION
    )
    shown_to = models.CharField(
        _("who sees it"), max_length=10, choices=ShownTo, default=ShownTo.TEAM
    )
    archived = models.BooleanField(
        _("archived"),
        default=False,
        help_text=_("No longer shown or offered. Values are kept."),
    )

    objects = CustomerFieldQuerySet.as_manager()

    #: The models that have values, by ``about``.
    CUSTOMERS = {About.ORGANIZATION: Organization, About.MEMBER: Member}

    class Meta(FieldDefinition.Meta):
        verbose_name = _("customer field")
        verbose_name_plural = _("customer fields")

    def clean(self) -> None:
        super().clean()
        if self.about == About.MEMBER and self.shown_to == ShownTo.MANAGERS:
            text = gettext("Fields of members are visible to the member or to the team only.")
            raise ValidationError({"shown_to": text})

    @classmethod
    def cached(cls) -> list["CustomerField"]:
        """Return all fields, archived ones included, with their choices. Don't change them."""
        return cached_rows("customer_fields")

    @classmethod
    def in_use(cls) -> list["CustomerField"]:
        """Return those that aren't archived."""
        return [field for field in cls.cached() if not field.archived]

    @property
    def column_key(self) -> str:
        """The key in columns and conditions, like ``"organization:plan"``."""
        return f"{self.about}:{self.key}"

    @property
    def full_label(self) -> str:
        """The label with whom the field describes, for lists of all fields and questions."""
        text = gettext("Organization: %(field)s")
        if self.about == About.MEMBER:
            text = gettext("Member: %(field)s")
        return text % {"field": self.localized_label}


class CustomerFieldChoice(ChoiceDefinition):
    """One choice of such a field."""

    field = ParentalKey(CustomerField, on_delete=models.CASCADE, related_name="choices")

    class Meta(ChoiceDefinition.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["field", "key"], name="portal_customer_choice_key_once"
            ),
        ]


register(
    "customer_fields",
    lambda: list(CustomerField.objects.prefetch_related("choices")),
    CustomerField,
    CustomerFieldChoice,
)


def _find() -> dict[str, Known]:
    # Conditions on archived fields still hold, so that archiving one hides no question.
    fields = CustomerField.cached()
    return {row.column_key: Known(row.spec(label=row.full_label), row.archived) for row in fields}


register_finder(_find)


def answers_of(member: Member | None, keys: Any) -> dict[str, object]:
    """Return the values of a member and their organization as conditions compare them, by
    ``column_key``; None where there's none. One query, unless there are no keys.

    :param member: None for a visitor, who has no values.
    :param keys: which ones, like ``{"organization:plan"}``.
    """
    found = dict.fromkeys(keys)
    if member is None or not found:
        return found
    names = [key.partition(":")[2] for key in found]
    for field in CustomerField.objects.filter(key__in=names):
        if field.column_key in found:
            stored = customer_values(member, field.about).get(field.key)
            if stored is not None:
                found[field.column_key] = get_field_type(field.type).from_json(stored)
    return found


def customer_values(member: Member, about: str) -> dict:
    """Return the values of the member, or of their organization.

    :param about: one of :data:`~wagtail_portal.fields.customers.ABOUT`.
    """
    return (member.organization if about == ABOUT[0] else member).values


def conditions_in(streams: Any) -> list[list[CustomerCondition]]:
    """Return the conditions of several streams, ready to be checked. Two queries for all of them,
    or none if there are no conditions.

    :param streams: stored values of
        :class:`~wagtail_portal.fields.customer_conditions.CustomerConditionBlocks`.
    """
    streams = [[row["value"] for row in stream] for stream in streams]
    pks = {row.get("field") for rows in streams for row in rows} - {None}
    fields = CustomerField.objects.prefetch_related("choices").in_bulk(pks) if pks else {}
    return [[_condition(row, fields.get(row.get("field"))) for row in rows] for rows in streams]


def _condition(row: dict, field: CustomerField | None) -> CustomerCondition:
    if field is None:
        return CustomerCondition()
    values = (row.get("answer_keys") or {}).get("value")
    if not values:
        values, _unknown = match_answers(row.get("value") or "", field.spec())
    return CustomerCondition(field.about, field.key, field.type, tuple(values))


def meets(member: Member, conditions: Any) -> bool:
    """Return whether a member meets all conditions of :func:`conditions_in`. No query, if the
    organization is loaded."""
    if not conditions:
        return True
    values = {about: customer_values(member, about) for about in ABOUT}
    return all(row.holds(values) for row in conditions)
