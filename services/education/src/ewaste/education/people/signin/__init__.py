"""Signing in without e-mail: pupils by class code, number and three pictures, teachers and staff by a personal code."""
