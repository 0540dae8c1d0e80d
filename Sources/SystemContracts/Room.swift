enum SystemContractsRoom {}
