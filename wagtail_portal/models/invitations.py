"""Addresses that were asked to join an organization."""

import hashlib

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .organizations import Organization
from .roles import Role


class InvitationQuerySet(models.QuerySet):
    def open(self):
        """Invitations that can still be accepted."""
        return self.unanswered().filter(expires_at__gt=timezone.now())

    def unanswered(self):
        """The same, and those that have expired."""
        return self.filter(accepted_at=None, withdrawn_at=None)

    def visible_to(self, member):
        """Invitations of the organization, for roles that see members."""
        if not member.role.sees_members:
            return self.none()
        return self.filter(organization_id=member.organization_id)

    def with_token(self, token: str):
        """The one with this token, as it was given out; none for one that is used up."""
        return self.filter(token_digest=digest(token))


def digest(token: str) -> str:
    """What is kept of a token. Exact to the letter on every database, however it compares."""
    return hashlib.sha256(token.encode()).hexdigest()


class Invitation(models.Model):
    """An address that was asked to join an organization, until it is proven or withdrawn."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="invitations"
    )
    email = models.EmailField(_("email address"))
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(_("note"), blank=True)
    #: Whose portal the mail speaks of, and leads to.
    site = models.ForeignKey(
        "wagtailcore.Site", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    #: SHA-256 of the token, in hex; null once it is used up, so that it can never match again.
    token_digest = models.CharField(  # noqa: DJ001 - any number of used-up ones
        max_length=64, unique=True, null=True, editable=False
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    #: Whether whoever was invited does not know of it yet.
    email_failed = models.BooleanField(_("email not sent"), default=False, editable=False)
    expires_at = models.DateTimeField(_("expires at"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        indexes = [models.Index(fields=["email"], name="portal_invitation_email")]

    def __str__(self):
        return self.email

    @property
    def is_expired(self) -> bool:
        """Whether it is too late to accept it."""
        return self.expires_at <= timezone.now()
