namespace GrainAnalytics.Core.Signing;

/// <summary>The signature that came with a request, as it was sent.</summary>
/// <param name="Timestamp">Text of X-Signature-Timestamp; empty when it is missing.</param>
/// <param name="Signature">Text of X-Signature; empty when it is missing.</param>
public sealed record RequestSignature(string Timestamp, string Signature);
