"""Imports of organizations and members from a CSV file, which is checked first."""
