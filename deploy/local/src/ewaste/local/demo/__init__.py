"""A day of Chiang Mai with sample data: made from a seed, told over HTTP and Kafka as people and partners would."""
