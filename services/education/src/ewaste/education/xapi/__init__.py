"""Statements of the Experience API 1.0.3 from whoever runs the course already, and the facts that they tell."""
