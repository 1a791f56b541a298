"""Single sign-on tokens that were used, and the sessions that they opened, so that their issuer can
end them."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class TokenSession(models.Model):
    """A session that a token opened. It may have ended in the meantime."""

    session_key = models.CharField(max_length=40, primary_key=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    #: SHA-256 of the issuer's key and the token's subject, in hex.
    subject = models.CharField(max_length=64, db_index=True)
    #: SHA-256 of the issuer's key and the token's session ID, in hex; empty if it has none.
    sid = models.CharField(max_length=64, blank=True, db_index=True)
    created_at = models.DateTimeField(default=timezone.now)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("session opened by a token")
        verbose_name_plural = _("sessions opened by tokens")

    def __str__(self) -> str:
        return self.subject


class TokenSignOut(models.Model):
    """A subject or session that an issuer has signed out. Tokens issued before that are refused."""

    #: As ``subject`` and ``sid`` of :class:`TokenSession`.
    digest = models.CharField(max_length=64, primary_key=True, editable=False)
    #: By the issuer's clock.
    signed_out_at = models.DateTimeField()
    #: When all tokens issued before that have expired.
    expires_at = models.DateTimeField(db_index=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("sign-out by an issuer")
        verbose_name_plural = _("sign-outs by issuers")

    def __str__(self) -> str:
        return self.digest


class UsedToken(models.Model):
    """A used token. The primary key lets only one of several processes use it."""

    #: SHA-256 of the issuer's key and the token's id, in hex.
    digest = models.CharField(max_length=64, primary_key=True, editable=False)
    #: When the token expires, and is refused anyway.
    expires_at = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("used token")
        verbose_name_plural = _("used tokens")
        indexes = [models.Index(fields=["expires_at"], name="portal_used_token_age")]

    def __str__(self) -> str:
        return self.digest
