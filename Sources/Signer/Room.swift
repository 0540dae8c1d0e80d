enum SignerRoom {}
