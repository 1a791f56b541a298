"""Actions that record how somebody signs in."""
