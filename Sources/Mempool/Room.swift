enum MempoolRoom {}
