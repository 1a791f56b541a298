"""Compare what dotted paths lead to, because settings can name the same thing in several ways."""

from inspect import isclass

from django.utils.module_loading import import_string


def leads_to(path: str, needed: str) -> bool:
    """Return whether ``path`` is another path to what ``needed`` names, or to a subclass of it.

    :param path: a dotted path from the settings, which may not be importable.
    :param needed: the dotted path of a class or a function.
    """
    if path == needed:
        return True
    try:
        found, wanted = import_string(path), import_string(needed)
    except (ImportError, TypeError, AttributeError):
        return False
    if isclass(found) and isclass(wanted):
        return issubclass(found, wanted)
    return found is wanted


def includes(paths, needed: str) -> bool:
    """Return whether one of ``paths`` :func:`leads_to` ``needed``."""
    # Most sites use the usual path, and then nothing is imported.
    return needed in paths or any(leads_to(path, needed) for path in paths)
