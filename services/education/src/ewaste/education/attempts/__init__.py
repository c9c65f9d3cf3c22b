"""Sittings of tests and quizzes: asked, answered on a bad line, scored here."""
