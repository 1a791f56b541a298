"""Serves the example site on a socket that it inherits, so that nobody else can take its port."""

import socket
import sys

import django
from django.conf import settings
from django.core.management import call_command, get_commands, load_command_class
from django.core.servers.basehttp import WSGIServer


class InheritedServer(WSGIServer):
    """Takes connections from the socket whose number is the first argument of the program."""

    def server_bind(self):
        self.socket.close()
        self.socket = socket.socket(fileno=int(sys.argv[1]))
        self.server_name, self.server_port = self.socket.getsockname()
        self.setup_environ()


def main() -> None:
    """Run Django's development server, without its checks and its reloading."""
    django.setup()
    from example_site.demo import load

    # Addresses in mails name this port now.
    load.move("localhost", settings.EXAMPLE_SITE_PORT)
    command = load_command_class(get_commands()["runserver"], "runserver")
    command.server_cls = InheritedServer
    call_command(command, use_reloader=False, skip_checks=True)


if __name__ == "__main__":
    main()
