"""Every file of a mirror held to its checkpoint, on all cores."""
