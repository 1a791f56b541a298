"""A member's own pages: profile, notification preferences, sessions and data export."""
