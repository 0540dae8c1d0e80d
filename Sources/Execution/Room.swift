enum ExecutionRoom {}
