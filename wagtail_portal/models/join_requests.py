"""Requests to join an organization."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .organizations import Organization


class JoinRequestQuerySet(models.QuerySet):
    def waiting(self) -> Self:
        """Return undecided requests."""
        return self.filter(decided_at=None)

    def visible_to(self, member: Any) -> Self:
        """Return the requests of the organization, for roles that manage members."""
        if not member.role.manages_members:
            return self.none()
        return self.filter(organization_id=member.organization_id)


class JoinRequest(models.Model):
    """A request by a user with a verified address at one of the organization's domains."""

    organization = models.ForeignKey(
        Organization,
        on_delete=models.CASCADE,
        related_name="join_requests",
        verbose_name=_("organization"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("user"),
    )
    created_at = models.DateTimeField(_("requested at"), default=timezone.now, editable=False)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    approved = models.BooleanField(_("approved"), default=False)

    objects = JoinRequestQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = _("join request")
        verbose_name_plural = _("join requests")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organization"], name="portal_join_request_once"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def email(self) -> str:
        """The email address of the user."""
        return getattr(self.user, self.user.get_email_field_name())
