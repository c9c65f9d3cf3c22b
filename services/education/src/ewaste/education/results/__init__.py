"""Results in a file, from schools without a line to this service: read whole, or not at all."""
