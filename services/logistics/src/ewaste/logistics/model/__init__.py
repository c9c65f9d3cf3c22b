"""What is decided, without I/O: time, ids and everything known are passed in."""
