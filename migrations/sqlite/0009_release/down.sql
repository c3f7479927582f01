DROP TABLE release_table;
DROP TABLE release;
