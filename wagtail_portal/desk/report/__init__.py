"""The report on tickets."""
