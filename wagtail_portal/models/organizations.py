"""Organizations and their email domains."""

from collections.abc import Iterable
from typing import Any, Self

from django.core.validators import validate_domain_name
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from .fields import LineField
from .roles import Role


class DomainJoining(models.TextChoices):
    """Whether people with a verified address at one of the verified domains can join."""

    OFF = "off", _("Not allowed")
    APPROVAL = "approval", _("Requires approval by an organization admin or the team")
    DIRECT = "direct", _("Join immediately")


class OrganizationQuerySet(models.QuerySet):
    def called(self, external_ids: Iterable[str]) -> Self:
        """Return customers with one of these external IDs, or into which one that had it was
        merged."""
        ids = list(external_ids)
        former = FormerOrganization.objects.filter(external_id__in=ids).values("organization")
        own = models.Q(external_id__in=ids) | models.Q(pk__in=former)
        return self.filter(own, key=None)

    def current(self, pk: Any) -> Any:
        """Return the organization with this primary key, or into which it was merged; None if it
        was deleted."""
        merged = FormerOrganization.objects.filter(former_pk=pk).values("organization")
        return self.filter(pk=pk).first() or self.filter(pk__in=merged).first()


class Organization(ClusterableModel):
    """A customer company; or the visitors, who have no access to the portal."""

    VISITORS = "visitors"

    #: ``VISITORS`` for the built-in organization of visitors; empty for customers.
    key = models.SlugField(max_length=50, unique=True, null=True, editable=False)  # noqa: DJ001
    name = LineField(_("name"), max_length=200)
    external_id = LineField(
        _("external ID"),
        max_length=100,
        unique=True,
        null=True,
        blank=True,
        help_text=_("How your other systems identify this customer."),
    )
    default_role = models.ForeignKey(
        Role,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("default role"),
        help_text=_("Leave empty to use the default in the portal settings."),
    )
    domain_joining = models.CharField(
        _("joining by email domain"),
        max_length=10,
        choices=DomainJoining,
        default=DomainJoining.APPROVAL,
        help_text=_(
            "For people who have verified an email address at one of the verified domains."
        ),
    )
    legal_hold = models.BooleanField(
        _("legal hold"),
        default=False,
        help_text=_(
            "As long as this is ticked, no one can delete the organization’s tickets or erase its"
            " members, and they’re kept whatever the retention settings say."
        ),
    )
    #: What the team notes about the organization. Customers never see it.
    notes = models.TextField(_("notes"), blank=True, default="", editable=False)
    #: Values of organization fields by the field's key, in the stored form of the field's type.
    values = models.JSONField(default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        indexes = [models.Index(fields=["name", "id"], name="portal_organization_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_for_visitors(self) -> bool:
        """Whether the members are visitors, who have only verified an email address."""
        return self.key == self.VISITORS

    @property
    def verified_domains(self) -> list[str]:
        """The email domains that the team has verified. One query."""
        found = self.domains.filter(verified_at__isnull=False)
        return list(found.values_list("domain", flat=True))

    @property
    def external_ids(self) -> set[str]:
        """The external ID, and those of organizations that were merged into this one. One
        query."""
        former = FormerOrganization.objects.filter(organization_id=self.pk)
        ids = {self.external_id, *former.values_list("external_id", flat=True)}
        return {external_id for external_id in ids if external_id}

    def save(self, *args: Any, **kwargs: Any) -> None:
        # An empty text would be unique only once.
        self.external_id = self.external_id or None
        super().save(*args, **kwargs)


class OrganizationDomain(models.Model):
    """An email domain of an organization. No one can join by it until the team has verified it."""

    organization = ParentalKey(Organization, on_delete=models.CASCADE, related_name="domains")
    domain = models.CharField(
        _("domain"), max_length=253, unique=True, validators=[validate_domain_name]
    )
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)

    class Meta:
        ordering = ["domain"]
        verbose_name = _("email domain")
        verbose_name_plural = _("email domains")

    def __str__(self) -> str:
        return self.domain


class FormerOrganization(models.Model):
    """An organization that was merged into another one: how other systems still call it."""

    #: Where its tickets and members are now.
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="former_organizations"
    )
    #: The primary key that it had.
    former_pk = models.BigIntegerField(unique=True)
    name = LineField(max_length=200)
    #: Its external ID, unless the other organization took it over.
    external_id = LineField(max_length=100, unique=True, null=True)
    merged_at = models.DateTimeField(default=timezone.now)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["id"]
        verbose_name = _("former organization")
        verbose_name_plural = _("former organizations")

    def __str__(self) -> str:
        return self.name
