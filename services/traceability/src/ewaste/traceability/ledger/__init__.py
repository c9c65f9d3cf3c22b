"""Every record of every evidence topic, in one total order, hashed into a tree."""
