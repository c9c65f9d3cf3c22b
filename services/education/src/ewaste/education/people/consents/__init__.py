"""Who may consent to what, and who did: given, withdrawn, asked for."""
