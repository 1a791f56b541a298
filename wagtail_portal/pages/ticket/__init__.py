"""One ticket: its conversation, details, participants and everything a customer can do there."""
