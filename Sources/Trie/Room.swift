enum TrieRoom {}
