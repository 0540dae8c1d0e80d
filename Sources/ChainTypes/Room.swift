enum ChainTypesRoom {}
