"""Schools, the rules of cohorts, and the one row that ties a pseudonym to a person."""
