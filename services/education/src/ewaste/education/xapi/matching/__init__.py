"""From statements to facts: which activity is which lesson or test here, and who the learner is."""
