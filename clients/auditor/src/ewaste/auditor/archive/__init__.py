"""The archive made again from the records, held to what the service sealed, and asked in SQL."""
