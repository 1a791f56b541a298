"""What the portal says in other languages than English."""
