"""Single sign-on with signed tokens (RFC 7519) from the site's own dashboard."""
