namespace GrainAnalytics.Core.Writing;

/// <summary>Why the store could not do its work.</summary>
public enum StoreFailure
{
    /// <summary>It does not answer, or lacks what it needs to: try again later, with the same data.</summary>
    Away,
    /// <summary>Another transaction was in the way (deadlock, serialization): try again at once.</summary>
    Conflict,
    /// <summary>It refuses some of the data: trying again with the same data is useless.</summary>
    BadData,
    /// <summary>It answers, and with an error that tells neither its own trouble from that of the data (an internal error, an
    /// exception in a trigger): try again a few times, then take it for bad data.</summary>
    Unclear,
}

/// <summary>The store could not do its work. Nothing of the call is stored, unless <see cref="IsOutcomeUnknown"/>.</summary>
public sealed class EventStoreException(StoreFailure failure, bool isOutcomeUnknown, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>What to do about it.</summary>
    public StoreFailure Failure { get; } = failure;

    /// <summary>The store's own words, which may repeat what was to be stored: for dead letters, while the message is for logs.</summary>
    public string Detail { get; init; } = message;

    /// <summary>True when the connection broke so late that the transaction may have committed.</summary>
    public bool IsOutcomeUnknown { get; } = isOutcomeUnknown;
}
