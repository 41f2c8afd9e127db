// swift-tools-version: 6.2
import PackageDescription

// One line per room. The `imports:` list is the layer rule of the design: a room imports only what its line names.
// `TidyTests` reads this table and fails a source file that imports anything else.

/// Strict flags for every room, test and bench target.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// Libraries that a room may name beside other rooms.
let libraries: [String: Target.Dependency] = [
  "Hummingbird": .product(name: "Hummingbird", package: "hummingbird"),
  "HummingbirdCore": .product(name: "HummingbirdCore", package: "hummingbird"),
  "HTTPTypes": .product(name: "HTTPTypes", package: "swift-http-types"),
  "NIOCore": .product(name: "NIOCore", package: "swift-nio"),
  "NIOPosix": .product(name: "NIOPosix", package: "swift-nio"),
  "NIOHTTP1": .product(name: "NIOHTTP1", package: "swift-nio"),
  "NIOTLS": .product(name: "NIOTLS", package: "swift-nio"),
  "HummingbirdHTTP2": .product(name: "HummingbirdHTTP2", package: "hummingbird"),
  "NIOSSL": .product(name: "NIOSSL", package: "swift-nio-ssl"),
  "NIOHTTPTypes": .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
  "NIOHTTPTypesHTTP1": .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
  "NIOEmbedded": .product(name: "NIOEmbedded", package: "swift-nio"),
  "Logging": .product(name: "Logging", package: "swift-log"),
  "Crypto": .product(name: "Crypto", package: "swift-crypto"),
  "ArgumentParser": .product(name: "ArgumentParser", package: "swift-argument-parser"),
  "ServiceLifecycle": .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
  "UnixSignals": .product(name: "UnixSignals", package: "swift-service-lifecycle"),
]

func dependencies(_ imports: [String]) -> [Target.Dependency] {
  imports.map { libraries[$0] ?? .target(name: $0) }
}

func room(_ name: String, imports: [String]) -> Target {
  .target(name: name, dependencies: dependencies(imports), swiftSettings: strict)
}

func tests(_ name: String, imports: [String], exclude: [String] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies(imports), exclude: exclude, swiftSettings: strict)
}

/// A program under `bench/`.
func tool(_ name: String, imports: [String]) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies(imports), path: "bench/\(name)", swiftSettings: strict)
}

let rooms: [Target] = [
  // 0 vocabulary
  room("PipelineModel", imports: []),
  room("DataModel", imports: []),
  .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
  .systemLibrary(
    name: "CCompression", pkgConfig: "libzstd", providers: [.apt(["zlib1g-dev", "libzstd-dev", "liblz4-dev"])]),
  .target(name: "CKernels"),
  room("Platform", imports: ["PipelineModel", "CLZ4", "CCompression", "CKernels"]),
  // 1 storage
  room("StorageAPI", imports: ["PipelineModel", "Platform"]),
  .systemLibrary(name: "CRocksDB", pkgConfig: "rocksdb", providers: [.apt(["librocksdb-dev"])]),
  .target(name: "CRocksLogger", dependencies: ["CRocksDB"]),
  room("RocksStorage", imports: ["StorageAPI", "PipelineModel", "Platform", "CRocksDB", "CRocksLogger"]),
  // 2 mechanisms
  room("InputLog", imports: ["StorageAPI", "DataModel", "PipelineModel", "Platform"]),
  room("Formats", imports: ["DataModel", "PipelineModel", "CKernels"]),
  room("SQLFrontend", imports: ["DataModel", "PipelineModel"]),
  room("Dataflow", imports: ["DataModel", "StorageAPI", "PipelineModel", "Platform", "CKernels"]),
  room("SQLLowering", imports: ["SQLFrontend", "Dataflow", "DataModel", "PipelineModel"]),
  room("Checkpoints", imports: ["StorageAPI", "PipelineModel", "Platform"]),
  room("ConnectorKit", imports: ["DataModel", "PipelineModel", "Platform"]),
  // Preloaded into a server, never linked: it stands before libc's calls on files.
  .target(name: "CPowerCut"),
  room("PowerCuts", imports: []),
  // 3 stages (a stage never imports a stage)
  room("Ingress", imports: [
    "InputLog", "Formats", "ConnectorKit", "StorageAPI", "DataModel", "PipelineModel", "Platform",
  ]),
  room("StepEngine", imports: [
    "InputLog", "SQLFrontend", "SQLLowering", "Dataflow", "Checkpoints", "StorageAPI", "DataModel", "PipelineModel",
    "Platform",
  ]),
  room("Outputs", imports: ["ConnectorKit", "Formats", "StorageAPI", "DataModel", "PipelineModel", "Platform"]),
  room("Completion", imports: ["StorageAPI", "PipelineModel", "Platform"]),
  room("Connectors", imports: ["ConnectorKit", "Formats", "DataModel", "PipelineModel", "Platform"]),
  room("Deliveries", imports: ["ConnectorKit", "StorageAPI", "PipelineModel", "Platform"]),
  room("OutboundHTTP", imports: [
    "ConnectorKit", "PipelineModel", "Platform", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOSSL",
  ]),
  room("AccessControl", imports: ["StorageAPI", "PipelineModel", "Platform", "Crypto"]),
  // 4 assembly
  room("PipelineRuntime", imports: [
    "Ingress", "StepEngine", "Outputs", "Completion", "Deliveries", "Connectors", "InputLog", "Formats",
    "SQLFrontend", "Checkpoints", "ConnectorKit", "StorageAPI", "DataModel", "PipelineModel", "Platform", "Logging",
  ]),
  // 5 faces
  room("WireTypes", imports: ["DataModel", "PipelineModel"]),
  room("Workflows", imports: ["ConnectorKit", "WireTypes", "DataModel", "PipelineModel", "Platform"]),
  room("HTTPAPI", imports: [
    "PipelineRuntime", "AccessControl", "Deliveries", "Workflows", "ConnectorKit", "WireTypes", "SQLFrontend",
    "PipelineModel", "DataModel", "Platform", "Hummingbird", "HummingbirdCore", "HummingbirdHTTP2", "HTTPTypes",
    "NIOCore", "NIOHTTP1", "NIOHTTPTypes", "NIOSSL", "NIOTLS", "Logging", "ServiceLifecycle",
  ]),
  // 6 program
  .executableTarget(
    name: "tidemark",
    dependencies: dependencies([
      "HTTPAPI", "WireTypes", "PipelineRuntime", "Workflows", "RocksStorage", "AccessControl", "Deliveries", "Connectors",
      "ConnectorKit", "OutboundHTTP", "NIOCore", "NIOPosix", "NIOHTTP1",
      "PowerCuts", "Platform", "PipelineModel", "ArgumentParser", "ServiceLifecycle", "UnixSignals", "Logging",
    ]),
    swiftSettings: strict),
]

let testTargets: [Target] = [
  tests("PipelineModelTests", imports: ["PipelineModel"]),
  tests("DataModelTests", imports: ["DataModel"]),
  tests("PlatformTests", imports: ["Platform", "PipelineModel"]),
  .target(
    name: "TestSupport",
    dependencies: dependencies(["StorageAPI", "DataModel", "PipelineModel", "Platform", "ConnectorKit"]),
    path: "Tests/TestSupport", swiftSettings: strict),
  tests("StoreConformanceTests", imports: ["StorageAPI", "RocksStorage", "TestSupport", "PipelineModel", "Platform"]),
  tests("InputLogTests", imports: [
    "InputLog", "StorageAPI", "RocksStorage", "TestSupport", "DataModel", "PipelineModel", "Platform",
  ]),
  tests("FormatsTests", imports: ["Formats", "DataModel", "PipelineModel"]),
  tests("SQLFrontendTests", imports: ["SQLFrontend", "DataModel", "PipelineModel"]),
  tests("DataflowTests", imports: [
    "Dataflow", "DataModel", "StorageAPI", "PipelineModel", "Platform", "TestSupport",
  ]),
  tests(
    "SQLLoweringTests",
    imports: ["SQLLowering", "SQLFrontend", "Dataflow", "DataModel", "PipelineModel", "Platform", "TestSupport"]),
  tests(
    "SQLLogicTests", imports: ["SQLLowering", "SQLFrontend", "Dataflow", "DataModel", "PipelineModel", "Platform"],
    exclude: ["Corpus"]),
  tests("FuzzTests", imports: [
    "SQLLowering", "SQLFrontend", "Dataflow", "Formats", "Checkpoints", "DataModel", "PipelineModel", "Platform",
  ]),
  // The circuit behind a line protocol, for Tests/Acceptance/test_programs.py.
  .executableTarget(
    name: "CircuitDriver",
    dependencies: dependencies([
      "SQLLowering", "SQLFrontend", "Dataflow", "Formats", "DataModel", "PipelineModel", "Platform",
    ]),
    path: "Tests/CircuitDriver", swiftSettings: strict),
  tests("CheckpointsTests", imports: ["Checkpoints", "StorageAPI", "TestSupport", "PipelineModel", "Platform"]),
  tests("IngressTests", imports: [
    "Ingress", "InputLog", "Formats", "ConnectorKit", "StorageAPI", "TestSupport", "DataModel", "PipelineModel", "Platform",
  ]),
  tests("StepEngineTests", imports: [
    "StepEngine", "InputLog", "SQLFrontend", "SQLLowering", "Dataflow", "Checkpoints", "StorageAPI", "TestSupport",
    "DataModel", "PipelineModel", "Platform",
  ]),
  tests("OutputsTests", imports: [
    "Outputs", "ConnectorKit", "Formats", "StorageAPI", "TestSupport", "DataModel", "PipelineModel", "Platform",
  ]),
  tests("SimulationTests", imports: [
    "Ingress", "StepEngine", "Outputs", "Completion", "InputLog", "Formats", "SQLFrontend", "Checkpoints",
    "ConnectorKit", "StorageAPI", "TestSupport", "DataModel", "PipelineModel", "Platform",
  ]),
  tests("CompletionTests", imports: ["Completion", "StorageAPI", "TestSupport", "PipelineModel", "Platform"]),
  tests("DeliveriesTests", imports: ["Deliveries", "StorageAPI", "TestSupport", "PipelineModel", "Platform"]),
  tests("WorkflowsTests", imports: [
    "Workflows", "ConnectorKit", "WireTypes", "DataModel", "PipelineModel", "Platform", "TestSupport",
  ]),
  tests("PowerCutsTests", imports: ["PowerCuts"]),
  tests("ConnectorKitTests", imports: ["ConnectorKit", "Platform"]),
  tests("OutboundHTTPTests", imports: [
    "OutboundHTTP", "ConnectorKit", "PipelineModel", "Platform", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOSSL",
  ]),
  tests("ConnectorsTests", imports: ["Connectors", "ConnectorKit", "DataModel", "PipelineModel", "Platform"]),
  tests("AccessControlTests", imports: ["AccessControl", "StorageAPI", "TestSupport", "PipelineModel", "Platform"]),
  tests("PipelineRuntimeTests", imports: [
    "PipelineRuntime", "StepEngine", "Deliveries", "SQLFrontend", "RocksStorage", "StorageAPI", "TestSupport", "DataModel", "PipelineModel",
    "Platform", "Logging",
  ]),
  tests("HTTPAPITests", imports: [
    "HTTPAPI", "AccessControl", "StorageAPI", "Deliveries", "Workflows", "WireTypes", "PipelineRuntime", "SQLFrontend",
    "DataModel", "PipelineModel", "Platform", "Hummingbird",
    "HummingbirdCore", "HTTPTypes", "NIOCore", "NIOPosix", "Logging", "ServiceLifecycle",
  ], exclude: ["Golden"]),
  tests("TidyTests", imports: []),
]

let benchTargets: [Target] = [
  tool("LoadBench", imports: ["NIOCore", "NIOPosix", "ArgumentParser"]),
  tool("CompletionBench", imports: [
    "Completion", "RocksStorage", "StorageAPI", "PipelineModel", "Platform", "ArgumentParser",
  ]),
  tool("OutboundBench", imports: [
    "OutboundHTTP", "ConnectorKit", "PipelineModel", "Platform", "NIOCore", "NIOPosix", "NIOHTTP1", "ArgumentParser",
  ]),
  tool("MicroBench", imports: ["Dataflow", "DataModel", "PipelineModel", "Platform"]),
  tool("StateBench", imports: [
    "StepEngine", "SQLLowering", "SQLFrontend", "Dataflow", "Checkpoints", "StorageAPI", "DataModel", "PipelineModel",
    "Platform",
  ]),
  tool("ParseBench", imports: ["Formats", "DataModel", "PipelineModel", "Platform"]),
  tool("NexmarkBench", imports: [
    "Connectors", "SQLLowering", "SQLFrontend", "Dataflow", "Formats", "DataModel", "PipelineModel", "Platform",
  ]),
]

let package = Package(
  name: "tidemark",
  products: [
    .executable(name: "tidemark", targets: ["tidemark"]),
    // `tidemark chaos` looks for it beside the program.
    .library(name: "TidemarkPowerCut", type: .dynamic, targets: ["CPowerCut"]),
    .executable(name: "LoadBench", targets: ["LoadBench"]),
  ],
  dependencies: [
    // HTTP server of all routes; well kept, structured concurrency, streaming bodies.
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    // Channel handlers of the hot routes, in front of hummingbird in the same channel.
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    // TLS of calls to other servers and of our own listener, on the same channels: BoringSSL, so no system library.
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    // NIOHTTPTypes: the part type that hummingbird's channel speaks.
    .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
    // Typed header names in hummingbird's requests and responses.
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    // Logging facade of the server ecosystem.
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    // HMAC of tokens.
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    // Command line of the one binary.
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    // Ordered start and graceful stop on SIGTERM and SIGINT.
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
  ],
  targets: rooms + testTargets + benchTargets,
  cxxLanguageStandard: .cxx17)
