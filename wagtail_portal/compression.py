"""Compress pages."""

from django.middleware.gzip import GZipMiddleware

#: What's compressed. Files are sent as they are: most are compressed already, and browsers ask for
#: ranges of them.
COMPRESSED = ("text/html", "application/json")


class CompressionMiddleware(GZipMiddleware):
    """Compresses pages for browsers that accept it.

    The length of a compressed page can reveal what it contains to someone who can make the browser
    request it with a guess (BREACH). So Django adds a random number of bytes to each page, and
    every page contains the CSRF token in another disguise. Codes for signing in are never on a
    page.
    """

    def process_response(self, request, response):
        content_type = response.get("Content-Type", "").partition(";")[0]
        is_page = response.status_code != 206 and content_type in COMPRESSED
        if response.streaming or not is_page:
            return response
        return super().process_response(request, response)
