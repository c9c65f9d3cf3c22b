"""What is missing or contradicts itself in the chain of custody, and since when."""
