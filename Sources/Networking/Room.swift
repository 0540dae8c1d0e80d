enum NetworkingRoom {}
