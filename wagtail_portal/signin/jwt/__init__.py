"""Single sign-on with signed tokens (RFC 7519) from the site's own dashboard.

``issuers`` reads the settings, ``tokens`` reads a token, ``keys`` and ``fetch`` get public keys,
``admission`` decides who has access, and ``views`` handles the requests.
"""
