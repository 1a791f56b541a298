"""The issuers of tokens for single sign-on: the setting ``JWT_ISSUERS``."""

from dataclasses import dataclass, field, fields
from urllib.parse import urlencode, urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.utils.functional import cached_property
from django.views.decorators.debug import sensitive_variables

from wagtail_portal import conf

#: The minimum length of a shared secret in bytes, by algorithm (RFC 7518, section 3.2).
SECRET_LENGTHS = {"HS256": 32, "HS384": 48, "HS512": 64}
#: Algorithms by type of key.
PUBLIC_KEY_ALGORITHMS = {
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "EC": ("ES256", "ES384", "ES512"),
}
#: The session key of the issuer, for signing out there too.
ISSUER_SESSION_KEY = "wagtail_portal_issuer"
REQUIRED = ("key", "name", "issuer", "audience")


@dataclass(frozen=True)
class Issuer:
    """One entry of ``WAGTAIL_PORTAL["JWT_ISSUERS"]``."""

    #: A slug for URLs.
    key: str = ""
    #: Its name for customers: "Sign in with …".
    name: str = ""
    #: The expected claims ``iss`` and ``aud``.
    issuer: str = ""
    audience: str = ""
    #: A shared secret, or the URL of a key set; one of the two.
    secret: str = field(default="", repr=False)
    jwks_url: str = ""
    #: The allowed algorithms; empty for all that the key allows.
    algorithms: tuple = ()
    #: The URL for signing in there, which gets the parameter ``return_to``.
    login_url: str = ""
    #: The URL for signing out there, after signing out here.
    logout_url: str = ""
    #: Whether the sign-in page redirects everyone to ``login_url``.
    at_once: bool = False
    #: External IDs of the organizations whose members it may sign in; empty for all.
    organizations: tuple = ()
    #: Email domains of the users it may sign in; empty for all.
    domains: tuple = ()
    #: Whether unknown users become members of the organization that the token names.
    new_members: bool = False
    #: Origins of pages that send tokens, in addition to that of ``login_url``.
    origins: tuple = ()
    #: Whether the key set may be in a private network, and without TLS.
    private_network: bool = False

    @cached_property
    def allowed_algorithms(self) -> tuple[str, ...]:
        """The algorithms that its kind of key allows, never those of both kinds."""
        if self.secret:
            length = len(self.secret.encode())
            found = [name for name, minimum in SECRET_LENGTHS.items() if length >= minimum]
        else:
            found = [name for names in PUBLIC_KEY_ALGORITHMS.values() for name in names]
        return tuple(name for name in found if not self.algorithms or name in self.algorithms)

    @cached_property
    def trusted_origins(self) -> set[str]:
        """The origins whose pages can send a token without asking the user to confirm."""
        return {origin for url in (self.login_url, *self.origins) if (origin := _origin(url))}

    def speaks_for(self, email: str) -> bool:
        """Return whether it may sign in users with this email address."""
        domain = email.rpartition("@")[2]
        return not self.domains or domain in {name.lower() for name in self.domains}

    def build_login_url(self, return_to: str) -> str:
        """Return the URL for signing in there and returning to the absolute ``return_to``."""
        return _with_return(self.login_url, return_to)

    def build_logout_url(self, return_to: str) -> str:
        """Return the URL for signing out there."""
        return _with_return(self.logout_url, return_to)


def _with_return(url: str, return_to: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode({'return_to': return_to})}"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower()


@sensitive_variables()
def find_issuers() -> list[Issuer]:
    """Return all issuers whose settings are valid."""
    return [Issuer(**entry) for entry in conf.JWT_ISSUERS if not problems(entry)]


def find_issuer(key: str) -> Issuer | None:
    """Return the issuer with this key."""
    return next((issuer for issuer in find_issuers() if issuer.key == key), None)


@sensitive_variables()
def problems(entry: dict) -> list[str]:
    """Describe what is wrong with an entry of the settings."""
    known = {field.name: type(field.default) for field in fields(Issuer)}
    found = [f"'{key}' is unknown" for key in entry if key not in known]
    for key, value in entry.items():
        expected = (tuple, list) if known.get(key) is tuple else known.get(key, object)
        if not isinstance(value, expected):
            found.append(f"'{key}' has the wrong type")
    if found:
        return found
    found = [f"'{key}' is missing" for key in REQUIRED if not entry.get(key)]
    issuer = Issuer(**entry)
    try:
        validate_slug(issuer.key)
    except ValidationError:
        found.append("'key' is not a slug")
    if bool(issuer.secret) == bool(issuer.jwks_url):
        found.append("it needs either a 'secret' or a 'jwks_url'")
    elif issuer.secret and len(issuer.secret.encode()) < SECRET_LENGTHS["HS256"]:
        found.append("'secret' is shorter than 32 bytes")
    elif not issuer.allowed_algorithms:
        found.append("'algorithms' contains none that its key allows")
    schemes = ("https://", "http://") if issuer.private_network else ("https://",)
    if issuer.jwks_url and not issuer.jwks_url.startswith(schemes):
        found.append("'jwks_url' does not start with https://")
    for key in ("login_url", "logout_url"):
        if getattr(issuer, key) and not _origin(getattr(issuer, key)):
            found.append(f"'{key}' is not an absolute URL")
    if issuer.at_once and not issuer.login_url:
        found.append("'at_once' needs a 'login_url'")
    return found
