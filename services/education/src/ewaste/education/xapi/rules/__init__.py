"""What a statement must look like (xAPI 1.0.3, part two): checks of parsed JSON, decided without I/O."""
