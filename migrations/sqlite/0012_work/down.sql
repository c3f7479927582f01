DROP TABLE device_psu;
