enum EntropyRoom {}
