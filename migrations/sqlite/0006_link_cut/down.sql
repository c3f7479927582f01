DROP TABLE link_cut;
