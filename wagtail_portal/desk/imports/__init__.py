"""Imports of organizations and members from a CSV or XLSX file, which is checked first."""
