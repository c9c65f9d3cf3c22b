"""What judges weights, disputes and outcomes: data with source, version and digest, and who reads it."""
