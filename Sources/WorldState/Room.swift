enum WorldStateRoom {}
