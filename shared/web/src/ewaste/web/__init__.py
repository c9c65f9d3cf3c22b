"""Pages: base templates, stylesheet, Thai and English. Services use `build_pages`."""
