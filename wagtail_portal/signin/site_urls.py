"""The site's URLs, in which allauth finds the portal's sign-in pages under its own names."""

from functools import lru_cache

from django.urls import URLResolver, get_resolver

NAMESPACE = "wagtail_portal_signin"


class PortalURLs:
    """A URLconf with all URLs of the site, and with those of the portal's sign-in once more without
    their namespace. The last of several URLs with the same name is the one that's reversed."""

    def __init__(self, urlconf):
        resolver = get_resolver(urlconf)
        self._site = resolver.urlconf_module
        self.urlpatterns = [*resolver.url_patterns, *_sign_in_patterns(resolver.url_patterns)]

    def __getattr__(self, name):
        # The handlers of errors.
        return getattr(self._site, name)


#: Return the URLconf for sign-in to the portal, for a URLconf of the site.
with_portal_names = lru_cache(maxsize=16)(PortalURLs)


def _sign_in_patterns(patterns) -> list:
    """Return those of the patterns that lead to the portal's sign-in pages."""
    found = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace == NAMESPACE:
                inner = pattern.url_patterns
            else:
                inner = _sign_in_patterns(pattern.url_patterns)
            if inner:
                found.append(URLResolver(pattern.pattern, inner, pattern.default_kwargs))
    return found
