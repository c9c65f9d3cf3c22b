"""Registers as files: CSV, JSON lines, XLSX and Parquet, written row by row in bounded memory."""
