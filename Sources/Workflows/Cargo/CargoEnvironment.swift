package import Platform

/// What drives cargo besides its records.
package struct CargoEnvironment: Sendable {
  package let settings: CargoSettings
  package let providers: ProviderRegistry
  package let random: any RandomSource
  package let transport: any CallbackTransport
  /// Without it callbacks are not signed.
  package let sign: CallbackSigner?

  package init(
    settings: CargoSettings, providers: ProviderRegistry, random: any RandomSource,
    transport: any CallbackTransport, sign: CallbackSigner?
  ) {
    self.settings = settings
    self.providers = providers
    self.random = random
    self.transport = transport
    self.sign = sign
  }
}
