"""Common Cartridge 1.1 to 1.3 (1EdTech): what an LMS exports becomes a course; what can't is told by resource."""
