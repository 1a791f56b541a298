"""Single sign-on tokens that have been used. Each can be used once."""

from django.db import models
from django.utils.translation import gettext_lazy as _


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

    def __str__(self):
        return self.digest
