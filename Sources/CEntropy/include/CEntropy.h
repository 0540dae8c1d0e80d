// CEntropy
