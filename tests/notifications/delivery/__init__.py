"""Tests that every email is delivered exactly once, whatever breaks."""
