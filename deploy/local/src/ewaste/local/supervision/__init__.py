"""Starting, watching, restarting and stopping processes; knows nothing of Kafka, PostgreSQL or the services."""
