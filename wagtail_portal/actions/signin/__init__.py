"""Actions on sign-in and on viewing the portal as a member."""
