"""Who may confirm processing: partners, their licences and their keys."""
