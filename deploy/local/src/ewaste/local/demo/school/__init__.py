"""A week of school with sample learners: made from a seed, told over HTTP as schools and phones would."""
