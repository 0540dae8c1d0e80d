// The client of the encryption network.
