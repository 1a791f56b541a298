"""Single sign-on with signed tokens (RFC 7519) that the site's own dashboard hands out.

``issuers`` reads the settings, ``tokens`` reads a token, ``keys`` and ``fetch`` get public keys,
``admission`` decides who comes in with it, and ``views`` answers the browser.
"""
