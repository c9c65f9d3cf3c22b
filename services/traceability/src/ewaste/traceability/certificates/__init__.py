"""Certificates: issued when a batch's grams balance and none of it was landfilled."""
