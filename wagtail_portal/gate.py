"""What the pages need of the sign-in, which they do not know: who asks, and letting them in."""

#: Where the session keeps the membership in which the visitor acts.
MEMBER_SESSION_KEY = "wagtail_portal_member"

#: Set when the app is ready, by the sign-in.
_gate = {
    "client": lambda request: "",
    "member": lambda email: None,
    "sign_in": lambda request, user, email, url: None,
    "sessions": lambda request: [],
    "end_sessions": lambda user, but=None: None,
    "can_end_sessions": lambda user: False,
    "has_proven": lambda user, email: False,
}


def set_gate(**functions) -> None:
    """Let these functions answer for those below."""
    _gate.update(functions)


def client_of(request) -> str:
    """A digest of where a request comes from, behind as many proxies as the site trusts."""
    return _gate["client"](request)


def member_of(email: str):
    """The membership with access of whoever has just proven ``email``; None for those whom a
    code does not let in. Open invitations of the address are accepted."""
    return _gate["member"](email)


def sign_in(request, user, email: str, url: str):
    """Sign in who has just proven ``email`` with a code; the response that leads on to ``url``,
    perhaps by way of a second factor."""
    return _gate["sign_in"](request, user, email, url)


def sessions_of(request) -> list:
    """Where the visitor is signed in: rows with ``since``, ``seen_at``, ``user_agent``, ``address``
    and ``is_current``; none on a site that does not list sessions."""
    return _gate["sessions"](request)


def end_sessions(user, *, but=None) -> None:
    """Sign the user out in every browser but that of the request ``but``."""
    _gate["end_sessions"](user, but=but)


def can_end_sessions(user) -> bool:
    """Whether :func:`end_sessions` can end every session of the user."""
    return _gate["can_end_sessions"](user)


def has_proven(user, email: str) -> bool:
    """Whether the user has proven to read the mail of an address."""
    return _gate["has_proven"](user, email)
