"""Signing in while the cache is out of reach, in which allauth counts attempts.

Codes are counted in the database, so people can sign in with them. Whatever else allauth counts,
such as attempts at a second factor, is refused, because nothing would stop an attacker.
"""

from functools import wraps

from django.shortcuts import render

from wagtail_portal.utils.shared_cache import shared_cache, survive_outages


def without_cache(view):
    """Mark a view that does nothing which allauth counts."""
    view.works_without_cache = True
    return view


def refuse_uncounted(view):
    """Refuse the forms of a view while the cache is out of reach, unless it works without."""

    @wraps(view)
    def wrapper(request, *args, **kwargs):
        survive_outages()
        counted = request.method == "POST" and not getattr(view, "works_without_cache", False)
        if counted and not shared_cache.answers():
            return render(request, "wagtail_portal/signin/unavailable.html", status=503)
        return view(request, *args, **kwargs)

    return wrapper
