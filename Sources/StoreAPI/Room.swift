enum StoreAPIRoom {}
