"""Courses: versioned content that is published once and never edited."""
