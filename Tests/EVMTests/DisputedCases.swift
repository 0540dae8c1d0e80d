/// Cases whose expected state contradicts the rules. Osaka's P256VERIFY (EIP-7951) is a precompile, so its
/// address is warm from the start (EIP-2929); these four charge a delegation to it as cold. The reference
/// implementation (PyPI ethereum-execution 2.20.0) computes the same roots as we do and fails them too.
enum DisputedCases {
    static func contains(_ name: String) -> Bool {
        name.contains("test_set_code_to_precompile[fork_Osaka-precompile_0x0000000000000000000000000000000000000100-call_opcode_")
    }
}
