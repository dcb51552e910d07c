namespace GrainAnalytics.Core.Visitors;

/// <summary>What a request says of who sent it without naming anybody. It is never stored.</summary>
/// <param name="Address">The client's address; of an IPv6 address the first 64 bits, which its owner's devices do not change daily.</param>
/// <param name="UserAgent">The User-Agent header; empty when there is none.</param>
public readonly record struct VisitorClues(UInt128 Address, string UserAgent);
