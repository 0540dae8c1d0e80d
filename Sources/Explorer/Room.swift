enum ExplorerRoom {}
