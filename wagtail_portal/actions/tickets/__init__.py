"""Actions on tickets and their messages."""
