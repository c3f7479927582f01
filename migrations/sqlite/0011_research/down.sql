DROP TABLE research_file;
