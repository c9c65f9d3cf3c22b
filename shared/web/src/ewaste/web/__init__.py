"""Pages: base templates, stylesheet, Thai and English."""
