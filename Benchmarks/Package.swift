// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that measuring never slows the build of the house.
let package = Package(
    name: "qustream-benchmarks",
    platforms: [.macOS("26.0")],
    dependencies: [
        .package(name: "qustream", path: ".."),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
    ],
    targets: [
        .executableTarget(name: "Benchmarks", dependencies: [
            .product(name: "QuStreamKit", package: "qustream"),
            .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        ])
    ]
)
