-- One database per service: no service reads another's tables.
CREATE DATABASE ewaste_dropoff;
CREATE DATABASE ewaste_logistics;
CREATE DATABASE ewaste_recycler;
CREATE DATABASE ewaste_education;
CREATE DATABASE ewaste_traceability;
