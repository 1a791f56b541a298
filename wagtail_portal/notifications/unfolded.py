"""Emails whose headers arrive as they were written.

Python folds long headers, and encodes what it can't fold, such as the URL of ``List-Unsubscribe``
and long message IDs. Many programs don't read those (RFC 2369 §2, RFC 8058 §3.1).
"""

import email.policy
import re
from typing import Any

import django
from django.core.mail import EmailMultiAlternatives

#: The longest line that an email may have, without its end (RFC 5322 §2.1.1).
MAX_LINE = 998


def unfolded(name: str, value, linesep: str) -> str | None:
    """Return a header on one line, or on as few as possible between words; None if its value needs
    to be encoded.

    :param value: what Python's policies fold: a text or a header object.
    """
    # Django 5.2 has folded some already.
    text = re.sub(r"\r?\n(?=[ \t])", "", str(value))
    if not text.isascii() or len(text.splitlines()) > 1 or "=?" in text:
        return None
    lines, line = [], f"{name}:"
    for word in text.split(" "):
        if len(line) + 1 + len(word) > MAX_LINE:
            lines.append(line)
            line = ""
        line += f" {word}"
    return linesep.join([*lines, line, ""])


class _UnfoldedMixin:
    """Mix into one of Python's policies."""

    def fold(self, name, value):
        return unfolded(name, value, self.linesep) or super().fold(name, value)

    def fold_binary(self, name, value):
        line = unfolded(name, value, self.linesep)
        return line.encode() if line else super().fold_binary(name, value)


#: Python has no public name for it.
_Compat32: Any = type(email.policy.compat32)


class _OldPolicy(_UnfoldedMixin, _Compat32):
    """The policy of Django 5.2."""


class _NewPolicy(_UnfoldedMixin, email.policy.EmailPolicy):
    """The policy of later versions."""


#: What later versions of Django choose.
CHOSEN = ("linesep", "max_line_length", "cte_type", "utf8", "raise_on_defect")


class UnfoldedEmail(EmailMultiAlternatives):
    """An email with such headers."""

    if django.VERSION >= (6, 0):

        def message(self, *, policy=email.policy.default):
            chosen = {name: getattr(policy, name) for name in CHOSEN}
            return super().message(policy=_NewPolicy(**chosen))

    else:

        def message(self):  # type: ignore[misc]
            message = super().message()
            message.policy = _OldPolicy()
            return message
