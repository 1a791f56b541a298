"""Actions of visitors who use a ticket form without signing in."""
