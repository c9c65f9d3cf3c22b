"""Classes of a roster and evenings of a community: who is in them, under which number."""
