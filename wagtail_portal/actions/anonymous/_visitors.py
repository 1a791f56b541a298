"""What the actions of visitors share."""

from django.utils.crypto import get_random_string, salted_hmac

from wagtail_portal.models import PendingRequest
from wagtail_portal.permissions import Actor

#: A visitor who hasn't verified an address, and may do nothing.
ANONYMOUS = Actor()

#: Letters that can't be mistaken for one another, and don't make words.
CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


def new_code() -> str:
    """Return a random code in the format of sign-in codes."""
    letters = get_random_string(8, CODE_LETTERS)
    return f"{letters[:4]}-{letters[4:]}"


def digest(request: PendingRequest, code: str) -> str:
    """Return the digest of a code as it's stored. It's useless for another request, and without the
    secret key."""
    typed = "".join(letter for letter in code.upper() if letter.isalnum())
    return salted_hmac(
        "wagtail_portal.code", f"{request.pk}:{typed}", algorithm="sha256"
    ).hexdigest()


def lock(request: PendingRequest) -> None:
    """Reload the request and hold its row until the transaction ends."""
    request.refresh_from_db(from_queryset=PendingRequest.objects.select_for_update())


def mailbox(address: str) -> str:
    """Return an address without what follows a plus, so that all addresses of one mailbox count
    against the same limit."""
    local, _at, domain = address.partition("@")
    return f"{local.partition('+')[0]}@{domain}"
