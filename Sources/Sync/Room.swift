enum SyncRoom {}
