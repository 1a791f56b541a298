"""What an address of the list asks for, and the addresses that ask for something else.

Everything that one can choose is in the address, so that it can be shared, kept as a bookmark and
left with the Back button. What is unknown, absurd or at its default is not there.
"""

from urllib.parse import urlencode

#: Longer values, and more of one name, are nobody's choice.
MAX_LENGTH = 200
MAX_VALUES = 50


def values(params, name: str) -> list[str]:
    """The values of a parameter that can mean something, each once, without those left empty."""
    found = params.getlist(name)[:MAX_VALUES]
    usable = [value for value in found if value and len(value) <= MAX_LENGTH and "\0" not in value]
    return list(dict.fromkeys(usable))


def value(params, name: str) -> str:
    """The value of a parameter that can have one; the last of several; "" for none."""
    return next(reversed(values(params, name)), "")


def one_of(params, name: str, known, default: str = "") -> str:
    """The value of a parameter if it is a known one, else ``default``."""
    found = value(params, name)
    return found if found in known else default


class Address:
    """The address of a list: parameters by name, in the order in which they are written."""

    def __init__(self, params: dict[str, list[str]]):
        self.params = {name: list(found) for name, found in params.items() if any(found)}

    def __str__(self):
        return f"?{self.query}"

    @property
    def query(self) -> str:
        """Without the question mark; "" when nothing was chosen."""
        return urlencode(self.params, doseq=True)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every name with each of its values, for hidden fields of a form."""
        return [(name, found) for name, several in self.params.items() for found in several]

    def replace(self, **changes: str | list[str]) -> "Address":
        """The same with other values; an empty one is left out."""
        wanted = {
            name: found if isinstance(found, list) else [found] for name, found in changes.items()
        }
        return Address({**self.params, **wanted})

    def without(self, *names: str) -> "Address":
        """The same without some parameters."""
        return Address({name: found for name, found in self.params.items() if name not in names})
