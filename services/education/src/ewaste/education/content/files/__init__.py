"""A course as files: a folder or zip of TOML, Markdown and media; read with suspicion, written the same always."""
