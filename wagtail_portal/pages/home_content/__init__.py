"""What editors place above the ticket list, and who sees it."""
