func benchmarkRPC() throws {}
