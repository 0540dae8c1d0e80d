// CKeccak
