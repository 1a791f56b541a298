"""What the actions of visitors have in common."""

from django.utils.crypto import get_random_string, salted_hmac

from wagtail_portal.models import PendingRequest
from wagtail_portal.permissions import Actor

#: Somebody who has proven nothing yet, and may do nothing.
NOBODY = Actor()

#: Letters that cannot be mistaken for one another, and that make no words.
CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


def new_code() -> str:
    """A random code, like those of the sign-in."""
    letters = get_random_string(8, CODE_LETTERS)
    return f"{letters[:4]}-{letters[4:]}"


def digest(request: PendingRequest, code: str) -> str:
    """What is kept of a code: of no use for another request, nor without the secret key."""
    typed = "".join(letter for letter in code.upper() if letter.isalnum())
    return salted_hmac(
        "wagtail_portal.code", f"{request.pk}:{typed}", algorithm="sha256"
    ).hexdigest()


def lock(request: PendingRequest) -> None:
    """Read the request anew and hold it until the transaction ends."""
    request.refresh_from_db(from_queryset=PendingRequest.objects.select_for_update())


def mailbox(address: str) -> str:
    """What limits count an address as: whatever is behind a plus ends in the same mailbox."""
    local, _at, domain = address.partition("@")
    return f"{local.partition('+')[0]}@{domain}"
