"""Texts that are signed or encrypted with OpenPGP, without MIME (RFC 9580, section 7)."""

import re

#: The next such line ends a text, or it isn't signed. Looking further takes quadratic time.
_SIGNED = re.compile(
    r"^-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Za-z-]{1,40}: [^\n]*\n)*\n(?>(.*?)"
    r"\n-----BEGIN PGP )SIGNATURE-----.*?(?:-----END PGP SIGNATURE-----|\Z)",
    re.DOTALL | re.MULTILINE,
)


def is_encrypted(text: str) -> bool:
    """Return whether a text can't be read without a key."""
    return text.startswith("-----BEGIN PGP MESSAGE-----")


def without_signature(text: str) -> str:
    """Return the text inside a signature. Whether it's valid isn't checked."""
    return _SIGNED.sub(lambda found: re.sub(r"(?m)^- ", "", found[1]), text)
