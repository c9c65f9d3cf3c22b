"""What a learner takes away: an Open Badge 3.0 that anyone verifies without asking us, and a certificate on paper."""
