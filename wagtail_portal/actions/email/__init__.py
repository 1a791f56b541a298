"""Actions on notification preferences and undelivered emails."""
