"""Use up a single sign-on token."""

import hashlib
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from wagtail_portal.models import UsedToken
from wagtail_portal.utils.rows import delete_some


def use_token(issuer: str, token_id: str, *, expires_at: Any) -> bool:
    """Mark a token as used, and return False if any process has used it before.

    :param issuer: the key of the issuer in the settings.
    :param token_id: the token's ``jti`` claim (RFC 7519 §4.1.7).
    :param expires_at: when the token expires; then it needn't be remembered.
    """
    digest = hashlib.sha256(f"{issuer}\n{token_id}".encode()).hexdigest()
    try:
        with transaction.atomic():
            UsedToken.objects.create(digest=digest, expires_at=expires_at)
    except IntegrityError:
        return False
    return True


def discard_tokens(*, at: datetime | None = None, most: int | None = None) -> int:
    """Delete the records of used tokens that have expired, and return how many.

    :param most: how many to delete now; None for all.
    """
    return delete_some(UsedToken.objects.filter(expires_at__lt=at or timezone.now()), most)
