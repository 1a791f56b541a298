"""Names for types that several modules use in annotations."""

from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

#: A user. Its class is the site's ``AUTH_USER_MODEL``, which only the site knows.
User = Any

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise as StrOrPromise

    #: The base of mixins. What they call on themselves is in the class they are mixed into.
    Mixin: Any
else:
    #: A text, or one that's translated when it's shown.
    StrOrPromise = str | Promise
    Mixin = object
