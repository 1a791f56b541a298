"""Tests of the portal in languages other than English."""
