"""The issuers of tokens for single sign-on: the setting ``JWT_ISSUERS``."""

from dataclasses import dataclass, field, fields
from ipaddress import ip_address
from urllib.parse import urlencode, urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.utils.functional import cached_property
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_variables

from wagtail_portal import conf
from wagtail_portal.signin.limits import Limits

#: The minimum length of a shared secret in bytes, by algorithm (RFC 7518, section 3.2).
SECRET_LENGTHS = {"HS256": 32, "HS384": 48, "HS512": 64}
#: Algorithms by type of key.
PUBLIC_KEY_ALGORITHMS = {
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "EC": ("ES256", "ES384", "ES512"),
}
REQUIRED = ("key", "name", "issuer", "audience")


@dataclass(frozen=True, kw_only=True)
class Issuer(Limits):
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
    #: Origins of pages that send tokens or get people back after signing out, in addition to those
    #: of ``login_url`` and ``logout_url``.
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

    def is_own_url(self, url: str) -> bool:
        """Return whether an absolute URL is on one of its sites, so that people can be redirected
        there after signing out."""
        origin = _origin(url)
        parts = urlsplit(origin)
        allowed = self.trusted_origins | {_origin(self.logout_url)}
        return (
            origin in allowed - {""}
            # Browsers read some URLs differently from Python.
            and url_has_allowed_host_and_scheme(
                url, {parts.netloc}, require_https=parts.scheme == "https"
            )
        )

    def build_login_url(self, return_to: str) -> str:
        """Return the URL for signing in there and returning to the absolute ``return_to``."""
        return _with_return(self.login_url, return_to)

    def build_logout_url(self, return_to: str) -> str:
        """Return the URL for signing out there."""
        return _with_return(self.logout_url, return_to)


def _with_return(url: str, return_to: str) -> str:
    # What follows a fragment never reaches the server.
    url, mark, fragment = url.partition("#")
    query = urlencode({"return_to": return_to})
    return f"{url}{'&' if '?' in url else '?'}{query}{mark}{fragment}"


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower()


def _is_local(url: str) -> bool:
    """Return whether the host of a URL is in a private network, as far as the URL tells."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or host.endswith(".localhost") or ip_address(host).is_private
    except ValueError:
        return False


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
    local = "(for local development, set 'private_network': True)"
    if issuer.jwks_url and not issuer.jwks_url.startswith(schemes):
        found.append(f"'jwks_url' does not start with https:// {local}")
    elif not issuer.private_network and _is_local(issuer.jwks_url):
        found.append(f"'jwks_url' is in a private network, where keys aren't fetched {local}")
    for key in ("login_url", "logout_url"):
        if getattr(issuer, key) and not _origin(getattr(issuer, key)):
            found.append(f"'{key}' is not an absolute URL")
    if issuer.at_once and not issuer.login_url:
        found.append("'at_once' needs a 'login_url'")
    if issuer.new_organizations and not issuer.new_members:
        found.append("'new_organizations' needs 'new_members'")
    return found
