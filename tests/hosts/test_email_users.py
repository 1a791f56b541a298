"""A site whose users sign in with their email address, because they have no username."""

import json
import os
import subprocess
import sys


def test_people_sign_in_to_the_site_and_to_the_portal():
    """In another process, because the user model can't be exchanged later."""
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environment["DJANGO_SETTINGS_MODULE"] = "tests.hosts.email_users_site"
    environment["PYTHONPATH"] = os.getcwd()
    command = [sys.executable, "-m", "tests.hosts.email_users_flows"]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    assert json.loads(done.stdout) == [
        ["the site", 200],
        ["the site", 302],
        ["the portal", "/support/"],
        ["/support/", 200],
        ["/support/profile/", 200],
    ]
