enum RPCServerRoom {}
