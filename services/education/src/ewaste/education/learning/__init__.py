"""Enrolments, completed lessons and courses, progress of a learner and of groups."""
