"""Tokens of single sign-on that somebody has come in with: each is good once."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class UsedToken(models.Model):
    """The mark that a token left. All processes share it, and the database lets one of them win."""

    #: SHA-256 of the issuer's key and the token's id, in hex.
    digest = models.CharField(max_length=64, primary_key=True, editable=False)
    #: From then on the token would be refused anyway.
    expires_at = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("used token")
        verbose_name_plural = _("used tokens")
        indexes = [models.Index(fields=["expires_at"], name="portal_used_token_age")]

    def __str__(self):
        return self.digest
