enum WalletRoom {}
