enum VaultRoom {}
