namespace GrainAnalytics.Core.Engine;

/// <summary>The part of the engine that holds what was asked for went away, and no other could take over in time. Asking again helps.</summary>
public sealed class EngineUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
