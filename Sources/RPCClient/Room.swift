enum RPCClientRoom {}
