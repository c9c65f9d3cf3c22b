"""A single Apache Kafka node (KRaft): its Java, its jars, its configuration and its topics."""
