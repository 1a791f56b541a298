"""Ask the web server of this container whether it can serve pages: for the health check in
compose.yaml."""

import os
import urllib.request

# One of the site's host names, because Django refuses all others.
host = os.environ["ALLOWED_HOSTS"].split(",")[0].strip().lstrip(".")
port = os.environ.get("PORT", "8000")
request = urllib.request.Request(
    f"http://127.0.0.1:{port}/accounts/health/ready/", headers={"Host": host}
)
# An answer other than 200 raises an error.
urllib.request.urlopen(request, timeout=5).close()  # noqa: S310
