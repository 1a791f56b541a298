"""Paths of a site that may be mounted below a prefix, such as ``/help/``."""

from django.urls import ResolverMatch, get_script_prefix, resolve


def resolve_path(path: str) -> ResolverMatch:
    """Return the view at a path, as links and ``reverse()`` have it.

    :raises Resolver404: if there's none.
    """
    # Django's function takes the path below the prefix.
    return resolve(f"/{path.removeprefix(get_script_prefix())}")
