"""Who sees a ticket form and can send it."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, MultiFieldPanel

from wagtail_portal.fields.customer_conditions import CustomerConditionBlocks
from wagtail_portal.fields.stream import PortalStreamField
from wagtail_portal.models import Member, Role, conditions_in, meets
from wagtail_portal.pages.organization_chooser import (
    OrganizationBlocks,
    OrganizationsPanel,
)


class Audience(models.TextChoices):
    """Who sees a form."""

    CUSTOMERS = "customers", _("Signed-in customers")
    ANYONE = "anyone", _("Anyone who verifies an email address")


class FormAudienceMixin(models.Model):
    """A part of :class:`~.form_page.TicketFormPageMixin`."""

    audience = models.CharField(
        _("audience"),
        max_length=20,
        choices=Audience,
        default=Audience.CUSTOMERS,
        help_text=_(
            "Anyone: visitors send the form without signing in. We email them a code, and the "
            "ticket is opened once they’ve entered it."
        ),
    )
    #: Not a relation in the database: deleting an organization must not open the form to
    #: everyone, here or in a draft.
    for_organizations = PortalStreamField(
        OrganizationBlocks(),
        verbose_name=_("only for these organizations"),
        blank=True,
        help_text=_(
            "Members of these organizations can find and send the form. Leave empty for"
            " all organizations."
        ),
    )
    for_roles = ParentalManyToManyField(
        Role,
        blank=True,
        related_name="+",
        verbose_name=_("only for these roles"),
        help_text=_(
            "Members with these roles can find and send the form. Leave empty for "
            "everyone who can open tickets."
        ),
    )
    for_customers = PortalStreamField(
        CustomerConditionBlocks(),
        verbose_name=_("only for customers with these values"),
        blank=True,
        help_text=_(
            "Only members who have these values, or whose organization has them, can find and send "
            "the form. Leave empty for everyone. If you add several, all of them must match."
        ),
    )
    #: Whether the form can be limited to roles: unknown, unless :meth:`with_has_roles` has asked.
    has_roles = True

    audience_panel = MultiFieldPanel(
        [
            FieldPanel("audience"),
            OrganizationsPanel("for_organizations"),
            FieldPanel("for_roles", widget=forms.CheckboxSelectMultiple),
            FieldPanel("for_customers"),
        ],
        heading=_("Who can use the form"),
    )

    class Meta:
        abstract = True

    def clean(self):
        super().clean()
        if self.is_for_anyone and self._has_limits:
            words = gettext(
                "A form for anyone can’t be limited to roles, organizations or customers with "
                "certain values."
            )
            raise ValidationError({"audience": words})

    @property
    def is_for_anyone(self) -> bool:
        """Whether visitors who are not signed in can send the form."""
        return self.audience == Audience.ANYONE

    @property
    def organization_ids(self) -> set[int]:
        """Primary keys of the organizations that the form is for; empty for all."""
        return {row["value"] for row in self.for_organizations.raw_data}

    @cached_property
    def customer_conditions(self) -> list:
        """The values that customers need to have. See
        :func:`~wagtail_portal.models.conditions_in`."""
        return conditions_in([self.for_customers.raw_data])[0]

    def is_for_customer(self, member: Member) -> bool:
        """Return whether a member may see the form, as far as their organization and the values of
        fields decide."""
        ids = self.organization_ids
        if ids and member.organization_id not in ids:
            return False
        return meets(member, self.customer_conditions)

    def is_for(self, member: Member) -> bool:
        """Return whether the member may see and send the form."""
        if self.is_for_anyone:
            return True
        if not self.is_for_customer(member):
            return False
        roles = {role.pk for role in self.for_roles.all()} if self.has_roles else ()
        return not roles or member.role_id in roles

    @property
    def is_restricted(self) -> bool:
        """Whether only some of the customers may see the questions."""
        return not self.is_for_anyone and self._has_limits

    @property
    def _has_limits(self) -> bool:
        return bool(
            self.organization_ids or len(self.for_customers.raw_data) or self.for_roles.all()
        )

    def takes_files_from(self, user) -> bool:
        """Return whether files can be sent from another page that embeds the form. A sign-in in
        between would lose them."""
        return user.is_authenticated or self.is_for_anyone

    @classmethod
    def read_conditions(cls, forms) -> None:
        """Read the :attr:`customer_conditions` of all ``forms`` at once."""
        streams = [form.for_customers.raw_data for form in forms]
        for form, conditions in zip(forms, conditions_in(streams), strict=True):
            form.customer_conditions = conditions

    @classmethod
    def with_has_roles(cls, forms):
        """Annotate forms of this class with ``has_roles``, whether they're limited to roles."""
        column = cast(Any, cls._meta.get_field("for_roles")).m2m_column_name()
        rows = cls.for_roles.through.objects.filter(**{column: OuterRef("pk")})
        return forms.annotate(has_roles=Exists(rows))

    @classmethod
    def roles_by_form(cls, forms) -> dict[int, set[int]]:
        """Return primary keys of the roles that forms of this class are for, by form, with one
        query."""
        found: dict = {}
        column = cast(Any, cls._meta.get_field("for_roles")).m2m_column_name()
        rows = cls.for_roles.through.objects.filter(
            **{f"{column}__in": [form.pk for form in forms]}
        )
        for form_id, role_id in rows.values_list(column, "role_id"):
            found.setdefault(form_id, set()).add(role_id)
        return found
