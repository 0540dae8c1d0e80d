enum ConsensusRoom {}
