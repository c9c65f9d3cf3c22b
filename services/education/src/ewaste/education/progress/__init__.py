"""How far a learner is, and how far groups of learners are."""
