"""Rosters by the OneRoster 1.2 CSV binding: checked whole, taken over whole or not at all, and given back."""
