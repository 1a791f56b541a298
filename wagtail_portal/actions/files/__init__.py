"""Files in the storage."""
