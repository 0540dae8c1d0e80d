import Crypto
import Cryptography
import Primitives

// Vault cryptography: absolute numbers depend on the machine, so each cipher stands as a ratio to the
// AES-256-GCM of the same library in the same run.

/// Bytes without a pattern.
func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 0x9e37_79b1) >> 13) } }

func benchmarkCiphers(_ material: KeyMaterial) throws {
    let segment = bytes(16_384)
    let key = SymmetricKey(data: material.cipherKey)
    let nonce = try AES.GCM.Nonce(data: [UInt8](repeating: 1, count: 12))
    let gcm = try Measurement("AES-256-GCM seal", bytesPerCall: segment.count) {
        keep(try AES.GCM.seal(segment, using: key, nonce: nonce))
    }
    report(gcm, unit: "GB/s", per: 1e9)
    let box = try AES.GCM.seal(segment, using: key, nonce: nonce)
    let gcmOpen = try Measurement("AES-256-GCM open", bytesPerCall: segment.count) { keep(try AES.GCM.open(box, using: key)) }
    report(gcmOpen, unit: "GB/s", per: 1e9)

    let permutationKey = material.permutationKey
    var buffer = bytes(16_400)
    let stream = Measurement("TKP keystream", bytesPerCall: buffer.count) {
        TKP.applyKeystream(key: permutationKey, input: TKPInput(domain: .stream, keyID: .zero), to: &buffer)
    }
    report(stream, unit: "GB/s", per: 1e9, reference: gcm)

    let header = SegmentHeader(
        keyID: .zero, record: .zero, field: 0, policy: .zero, epoch: 0, message: 0, salt: .zero)
    let cipher = SegmentCipher(header: header, keyMaterial: material)
    let sealing = Measurement("both layers, seal", bytesPerCall: segment.count) {
        keep(cipher.seal(segment, index: 0, position: .inner))
    }
    report(sealing, unit: "GB/s", per: 1e9, reference: gcm)
    let sealed = cipher.seal(segment, index: 0, position: .inner)
    let opening = try Measurement("both layers, open", bytesPerCall: segment.count) {
        keep(try cipher.open(sealed, index: 0, position: .inner))
    }
    report(opening, unit: "GB/s", per: 1e9, reference: gcmOpen)
}

func benchmarkKeys(_ material: KeyMaterial) throws {
    let (block, seed) = (bytes(KeyGeneration.blockByteCount), bytes(KeyGeneration.seedByteCount))
    report(try Measurement("kGen (2^21 bits to 1,311)") {
        keep(try KeyGeneration.material(block: block, seed: seed))
    }, unit: "/s", per: 1)
    report(Measurement("key commitment") { keep(KeyMaterialCommitment(to: material, id: .zero)) }, unit: "/s", per: 1)
}

func benchmarkSharing(_ secret: [UInt8]) throws {
    for (threshold, count) in [(3, 5), (9, 16), (38, 64)] {
        let name = "\(threshold) of \(count)"
        let randomness = bytes((threshold - 1) * secret.count)
        report(try Measurement("split 160 bytes, \(name)") {
            keep(try ShamirSharing.split(secret: secret, threshold: threshold, count: count, randomness: randomness))
        }, unit: "/s", per: 1)
        let shares = try ShamirSharing.split(secret: secret, threshold: threshold, count: count, randomness: randomness)
        let needed = Array(shares.suffix(threshold))
        report(try Measurement("combine, \(name)") {
            keep(try ShamirSharing.combine(needed, threshold: threshold, count: count))
        }, unit: "/s", per: 1)
        let decoder = ShamirDecoder(committee: try Committee(threshold: threshold, count: count))
        report(try Measurement("decode without liars, \(name)") { keep(try decoder.decode(shares)) }, unit: "/s", per: 1)
        let liars = (count - threshold) / 2
        let disturbed = shares.map { $0.slot < liars ? Share(slot: $0.slot, bytes: $0.bytes.map { ~$0 }) : $0 }
        report(try Measurement("decode past \(liars) liars, \(name)") { keep(try decoder.decode(disturbed)) }, unit: "/s", per: 1)
    }
    if let authenticator = ShareAuthenticator(key: bytes(32)) {
        let place = ShareAuthenticator.Place(keyID: .zero, epoch: 1, isOperator: true, slot: 1)
        report(Measurement("one-time tag of 160 bytes") { keep(authenticator.tag(for: secret, at: place)) }, unit: "/s", per: 1)
    }
}

func benchmarkPlacement() throws {
    let data = bytes(1 << 20)
    for (needed, count) in [(5, 8), (38, 64)] {
        let code = try ReedSolomon(dataCount: needed, totalCount: count)
        report(Measurement("Reed–Solomon encode 1 MiB, \(needed) of \(count)", bytesPerCall: data.count) {
            keep(code.encode(data))
        }, unit: "MB/s", per: 1e6)
        let last = Array(code.encode(data).suffix(needed))
        report(try Measurement("rebuild from the last \(needed)", bytesPerCall: data.count) {
            keep(try code.reconstruct(last, dataLength: data.count))
        }, unit: "MB/s", per: 1e6)
    }
    let candidates = (0..<500 as Range<UInt64>).map { Rendezvous.Candidate(id: Hash($0, 0, 0, 0), weight: 10 + $0) }
    report(Measurement("rendezvous order of 500 nodes") {
        keep(Rendezvous.order(key: .zero, candidates: candidates))
    }, unit: "/s", per: 1)
}

func benchmarkVaultCryptography() throws {
    let secret = bytes(KeyMaterial.byteCount)
    guard let material = KeyMaterial(secret) else { fatalError("160 bytes are key material") }
    try benchmarkCiphers(material)
    try benchmarkKeys(material)
    try benchmarkSharing(secret)
    try benchmarkPlacement()
}
