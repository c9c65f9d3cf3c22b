"""The chain of custody: which facts stand, what they say of each bag, load and batch, and whether the grams close."""
