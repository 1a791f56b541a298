"""Parameters in the URL of a list, and URLs of the same list with other parameters.

Every choice is in the URL, so that it can be shared, bookmarked and undone with the Back button.
Unknown values and defaults are left out of it.
"""

from urllib.parse import urlencode

#: Longer values, and more of one name, are ignored.
MAX_LENGTH = 200
MAX_VALUES = 50


def values(params, name: str) -> list[str]:
    """Return the usable values of a parameter, each of them once, without empty ones."""
    given = params.getlist(name)[:MAX_VALUES]
    usable = [value for value in given if value and len(value) <= MAX_LENGTH and "\0" not in value]
    return list(dict.fromkeys(usable))


def value(params, name: str) -> str:
    """Return the last value of a parameter; "" for none."""
    return next(reversed(values(params, name)), "")


def one_of(params, name: str, known, default: str = "") -> str:
    """Return the value of a parameter if it is a known one, else ``default``."""
    given = value(params, name)
    return given if given in known else default


class ListURL:
    """The URL of a list, relative to its page: lists of values by parameter, in order."""

    def __init__(self, params: dict[str, list[str]]):
        self.params = {name: list(several) for name, several in params.items() if any(several)}

    def __str__(self):
        return f"?{self.query}"

    @property
    def query(self) -> str:
        """The query string without the question mark; "" for the list without any choices."""
        return urlencode(self.params, doseq=True)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every name with each of its values, for hidden inputs of a form."""
        return [(name, value) for name, several in self.params.items() for value in several]

    def replace(self, **changes: str | list[str]) -> "ListURL":
        """Return the URL with other values; empty ones are left out."""
        changed = {
            name: value if isinstance(value, list) else [value] for name, value in changes.items()
        }
        return ListURL({**self.params, **changed})

    def without(self, *names: str) -> "ListURL":
        """Return the URL without some parameters."""
        return ListURL({name: given for name, given in self.params.items() if name not in names})
