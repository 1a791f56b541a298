"""Invitations to organizations."""

import hashlib
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .organizations import Organization
from .roles import Role


class InvitationQuerySet(models.QuerySet):
    def open(self) -> Self:
        """Return invitations that can still be accepted."""
        return self.unanswered().filter(expires_at__gt=timezone.now())

    def unanswered(self) -> Self:
        """Return invitations that were neither accepted nor withdrawn, even expired ones."""
        return self.filter(accepted_at=None, withdrawn_at=None)

    def visible_to(self, member: Any) -> Self:
        """Return the invitations of the organization, for roles that see members."""
        if not member.role.sees_members:
            return self.none()
        return self.filter(organization_id=member.organization_id)

    def with_token(self, token: str) -> Self:
        """Return the invitation with this token; none if the token was used."""
        return self.filter(token_digest=digest(token))


def digest(token: str) -> str:
    """Return what's stored of a token. Every database compares it exactly."""
    return hashlib.sha256(token.encode()).hexdigest()


class Invitation(models.Model):
    """The invitation of an email address to an organization."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="invitations"
    )
    email = models.EmailField(_("email address"))
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(_("note"), blank=True)
    #: The site whose portal the email links to.
    site = models.ForeignKey(
        "wagtailcore.Site", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    #: SHA-256 of the token, in hex; null once it's used, so that it never matches again.
    token_digest = models.CharField(  # noqa: DJ001 - unique unless null
        max_length=64, unique=True, null=True, editable=False
    )
    #: None for what the software itself sent. An invitation goes along with its sender.
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    #: Whether the email couldn't be sent.
    email_failed = models.BooleanField(_("email not sent"), default=False, editable=False)
    expires_at = models.DateTimeField(_("expires at"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        indexes = [models.Index(fields=["email"], name="portal_invitation_email")]

    def __str__(self) -> str:
        return self.email

    @property
    def is_expired(self) -> bool:
        """Whether it's too late to accept the invitation."""
        return self.expires_at <= timezone.now()
