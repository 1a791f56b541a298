#!/usr/bin/env python
"""Run Django's command line for the example site from any directory."""

import os
import sys
from pathlib import Path


def main():
    # Python puts this file's folder on the path, but the packages are one level up.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_site.settings.demo")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
