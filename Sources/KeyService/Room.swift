enum KeyServiceRoom {}
