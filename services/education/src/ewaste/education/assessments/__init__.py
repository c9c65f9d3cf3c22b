"""Results of tests: before, between and after the lessons, and of the wellness questionnaire."""
