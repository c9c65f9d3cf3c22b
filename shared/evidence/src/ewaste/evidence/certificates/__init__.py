"""The certificate of a batch: what it says, when it falls, and the documents it goes out as."""
