"""What a portal still lacks, with a link to each step, and where its customers find it."""
