DROP TABLE row_grant;
