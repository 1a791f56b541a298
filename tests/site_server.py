"""Serve the example site on an inherited socket, so that no other program can take its port."""

import socket
import sys

import django
from django.conf import settings
from django.core.management import call_command, get_commands, load_command_class
from django.core.servers.basehttp import WSGIServer


class InheritedServer(WSGIServer):
    """Accepts connections on the socket whose file descriptor is the program's first argument."""

    def server_bind(self):
        self.socket.close()
        self.socket = socket.socket(fileno=int(sys.argv[1]))
        self.server_name, self.server_port = self.socket.getsockname()
        self.setup_environ()


def main() -> None:
    """Run Django's development server without its checks and autoreload."""
    django.setup()
    from example_site.demo import load

    # Links in emails now use this port.
    load.move("localhost", settings.EXAMPLE_SITE_PORT)
    command = load_command_class(get_commands()["runserver"], "runserver")
    command.server_cls = InheritedServer
    call_command(command, use_reloader=False, skip_checks=True)


if __name__ == "__main__":
    main()
