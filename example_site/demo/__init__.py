"""Realistic demo data: Millrace's pages, customers, support team and two years of tickets.

``website.py`` contains the pages, ``people.py`` the customers and the team, and ``topics/`` the
conversations. ``load.py`` puts them together; ``manage.py load_demo`` runs it.
"""
