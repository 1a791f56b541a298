"""A token of single sign-on is used up."""

import hashlib

from django.db import IntegrityError, transaction
from django.utils import timezone

from wagtail_portal.models import UsedToken


def use_token(issuer: str, token_id: str, *, expires_at) -> bool:
    """Note that a token was used; False if it was used before, in whatever process.

    :param issuer: the key of the issuer in the settings.
    :param token_id: the token's claim ``jti``.
    :param expires_at: from when on the token is refused anyway.
    """
    digest = hashlib.sha256(f"{issuer}\n{token_id}".encode()).hexdigest()
    try:
        with transaction.atomic():
            UsedToken.objects.create(digest=digest, expires_at=expires_at)
    except IntegrityError:
        return False
    return True


def discard_tokens(*, at=None) -> int:
    """Forget used tokens that have expired meanwhile; says how many."""
    return UsedToken.objects.filter(expires_at__lt=at or timezone.now()).delete()[0]
