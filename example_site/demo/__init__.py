"""Believable data for the demo: Millrace's pages, customers, support team and two years of tickets.

``website.py`` has the pages, ``people.py`` customers and team, ``topics/`` the conversations;
``load.py`` puts them together. ``manage.py load_demo`` starts it.
"""
