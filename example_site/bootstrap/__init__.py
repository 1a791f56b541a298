"""A second look for the example site: Bootstrap, with the portal in its base template.

``bootstrap.min.css`` is version 5.3.9 from the npm package ``bootstrap``, unchanged, and
``LICENSE`` its license.
"""
