"""One module for each command; `register` puts it into the command line."""
