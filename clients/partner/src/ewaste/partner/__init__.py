"""Keys, signing and publishing for recycler partners."""
