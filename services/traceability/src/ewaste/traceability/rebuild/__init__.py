"""The whole database made again from the logs alone, and its tables held to them."""
