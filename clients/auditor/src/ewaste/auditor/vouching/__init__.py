"""From a certificate back to every record that it rests on."""
