"""The report on tickets: what is counted, and how it is shown."""
