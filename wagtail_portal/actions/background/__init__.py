"""What runs without anyone waiting for it: runs in many steps, and regular sweeps."""
